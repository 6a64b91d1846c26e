# What we recommend, on CamVid at 240x320: from ImageNet weights, plain skips, class weights,
# boundary tasks. A CPU will do.
_base_ = [
    '../baseline/deeplabv3plus_efficientnet-lite0_1xb6-1000_camvid-240x320.py',
    '../_base_/decoders/plain_skips_efficientnet-lite0.py',
    '../_base_/boundary_tasks/efficientnet-lite0.py',
    '../_base_/class_weights/camvid.py',
]
train_pipeline = _base_.train_pipeline[:-1] + [
    dict(type='GenerateBoundaryTargets', dataset='CamVidDataset'),
    dict(type='PackBoundaryInputs'),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
model = dict(
    data_preprocessor=dict(type='BoundaryDataPreProcessor'),
    decode_head=dict(
        _delete_=True,
        **{**_base_.plain_skips, 'dilations': (1, 3, 6, 9)},
        num_classes=11,
        loss_decode=_base_.weighted_loss,
    ),
    auxiliary_head=[
        _base_.edge_head,
        dict(num_classes=11, **_base_.contour_head),
        _base_.distance_head,
    ],
)
