# DeepLabV3+ R50 with edge, contour and distance heads on CamVid at the full 360x480.
# There are no instances: the connected components of each class stand for them.
_base_ = '../baseline/deeplabv3plus_r50_1xb8-40k_camvid-360x480.py'
train_pipeline = _base_.train_pipeline[:-1] + [
    dict(type='GenerateBoundaryTargets', dataset='CamVidDataset'),
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
        dict(type='ContourHead', num_classes=11, **both, **task),
        dict(type='DistanceHead', in_channels=1024, in_index=2, **task),
    ],
)
