# The small CamVid recipe with edge, contour and distance heads. CamVid has no instances: the
# connected components of each class stand for them.
_base_ = '../baseline/deeplabv3plus_r18-small_1xb6-600_camvid-240x320.py'
train_pipeline = _base_.train_pipeline[:-1] + [
    dict(type='GenerateBoundaryTargets', dataset='CamVidDataset'),
    dict(type='PackBoundaryInputs'),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
task = dict(channels=32, norm_cfg=_base_.norm_cfg, align_corners=False)
both = dict(in_channels=[32, 128], in_index=[0, 2], input_transform='resize_concat')
model = dict(
    data_preprocessor=dict(type='BoundaryDataPreProcessor'),
    auxiliary_head=[
        dict(type='EdgeHead', in_channels=32, in_index=0, **task),
        dict(type='ContourHead', num_classes=11, **both, **task),
        dict(type='DistanceHead', **both, **task),
    ],
)
