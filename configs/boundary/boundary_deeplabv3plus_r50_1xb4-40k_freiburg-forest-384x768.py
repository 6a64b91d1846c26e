# DeepLabV3+ R50 with edge, contour and distance heads on Freiburg Forest.
# The data set knows no things: each connected component of every class is an instance.
_base_ = '../baseline/deeplabv3plus_r50_1xb4-40k_freiburg-forest-384x768.py'
train_pipeline = _base_.train_pipeline[:-1] + [
    dict(type='GenerateBoundaryTargets', num_classes=5),
    dict(type='PackBoundaryInputs'),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
task = dict(channels=64, norm_cfg=_base_.norm_cfg, align_corners=False)
both = dict(in_channels=[256, 1024], in_index=[0, 2], input_transform='resize_concat')
model = dict(
    data_preprocessor=dict(type='BoundaryDataPreProcessor'),
    auxiliary_head=[
        _base_.model.auxiliary_head,
        dict(type='EdgeHead', in_channels=256, in_index=0, **task),
        dict(type='ContourHead', num_classes=5, **both, **task),
        dict(type='DistanceHead', in_channels=1024, in_index=2, **task),
    ],
)
