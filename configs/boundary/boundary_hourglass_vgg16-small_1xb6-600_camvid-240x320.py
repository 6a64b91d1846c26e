# The multi-task hourglass, narrow, on CamVid at 240x320: its single-task twin with the edge,
# contour and distance branches.
_base_ = '../baseline/hourglass_vgg16-small_1xb6-600_camvid-240x320.py'
train_pipeline = _base_.train_pipeline[:-1] + [
    dict(type='GenerateBoundaryTargets', dataset='CamVidDataset'),
    dict(type='PackBoundaryInputs'),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
model = dict(
    data_preprocessor=dict(type='BoundaryDataPreProcessor'),
    auxiliary_head=[
        dict(type='HourglassEdgeHead', **_base_.branch),
        dict(type='HourglassContourHead', num_classes=11, **_base_.branch),
        dict(type='HourglassDistanceHead', **_base_.branch),
    ],
)
