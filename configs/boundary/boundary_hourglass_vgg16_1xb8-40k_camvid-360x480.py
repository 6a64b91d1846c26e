# The multi-task hourglass on CamVid at the full 360x480.
# There are no instances: the connected components of each class stand for them.
_base_ = [
    '../_base_/models/hourglass_vgg16.py',
    '../_base_/datasets/camvid.py',
    '../_base_/schedules/schedule_40k.py',
    '../_base_/default_runtime.py',
]
train_pipeline = _base_.train_pipeline[:-1] + [
    dict(type='GenerateBoundaryTargets', dataset='CamVidDataset'),
    dict(type='PackBoundaryInputs'),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
model = dict(
    data_preprocessor=dict(type='BoundaryDataPreProcessor', size=(360, 480)),
    decode_head=dict(num_classes=11),
    auxiliary_head=[
        dict(type='HourglassEdgeHead', **_base_.branch),
        dict(type='HourglassContourHead', num_classes=11, **_base_.branch),
        dict(type='HourglassDistanceHead', **_base_.branch),
    ],
)
