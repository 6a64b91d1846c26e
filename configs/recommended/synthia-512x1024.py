# What we recommend, on SYNTHIA; without class weights, whose shares were not counted here.
_base_ = [
    '../baseline/deeplabv3plus_efficientnet-lite0_1xb8-40k_synthia-512x1024.py',
    '../_base_/decoders/plain_skips_efficientnet-lite0.py',
    '../_base_/boundary_tasks/efficientnet-lite0.py',
]
train_pipeline = [
    *_base_.train_pipeline[:2],
    dict(type='LoadInstanceMap'),
    *_base_.train_pipeline[2:-1],
    dict(type='GenerateBoundaryTargets', dataset='SynthiaDataset'),
    dict(type='PackBoundaryInputs'),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
model = dict(
    data_preprocessor=dict(type='BoundaryDataPreProcessor'),
    decode_head=dict(
        _delete_=True, **{**_base_.plain_skips, 'dilations': (1, 6, 12, 18)}, num_classes=19
    ),
    auxiliary_head=[
        _base_.edge_head,
        dict(num_classes=19, **_base_.contour_head),
        _base_.distance_head,
    ],
)
