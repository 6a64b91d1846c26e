# The multi-task hourglass on Freiburg Forest.
# The data set knows no things: each connected component of every class is an instance.
_base_ = [
    '../_base_/models/hourglass_vgg16.py',
    '../_base_/datasets/freiburg_forest.py',
    '../_base_/schedules/schedule_40k.py',
    '../_base_/default_runtime.py',
]
train_pipeline = _base_.train_pipeline[:-1] + [
    dict(type='GenerateBoundaryTargets', num_classes=5),
    dict(type='PackBoundaryInputs'),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
model = dict(
    data_preprocessor=dict(type='BoundaryDataPreProcessor', size=(384, 768)),
    decode_head=dict(num_classes=5),
    auxiliary_head=[
        dict(type='HourglassEdgeHead', **_base_.branch),
        dict(type='HourglassContourHead', num_classes=5, **_base_.branch),
        dict(type='HourglassDistanceHead', **_base_.branch),
    ],
)
