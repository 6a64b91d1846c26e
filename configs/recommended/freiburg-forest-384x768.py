# What we recommend, on Freiburg Forest; without class weights, whose shares were not counted here.
_base_ = [
    '../baseline/deeplabv3plus_efficientnet-lite0_1xb8-3000_freiburg-forest-384x768.py',
    '../_base_/decoders/plain_skips_efficientnet-lite0.py',
    '../_base_/boundary_tasks/efficientnet-lite0.py',
]
train_pipeline = _base_.train_pipeline[:-1] + [
    dict(type='GenerateBoundaryTargets', num_classes=5),
    dict(type='PackBoundaryInputs'),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
model = dict(
    data_preprocessor=dict(type='BoundaryDataPreProcessor'),
    decode_head=dict(
        _delete_=True, **{**_base_.plain_skips, 'dilations': (1, 6, 12, 18)}, num_classes=5
    ),
    auxiliary_head=[
        _base_.edge_head,
        dict(num_classes=5, **_base_.contour_head),
        _base_.distance_head,
    ],
)
