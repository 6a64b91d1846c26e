# The multi-task hourglass on Cityscapes (instances from instanceIds).
_base_ = [
    '../_base_/models/hourglass_vgg16.py',
    '../_base_/datasets/cityscapes.py',
    '../_base_/schedules/schedule_80k.py',
    '../_base_/default_runtime.py',
]
train_pipeline = [
    *_base_.train_pipeline[:2],
    dict(type='LoadInstanceMap'),
    *_base_.train_pipeline[2:-1],
    dict(type='GenerateBoundaryTargets', dataset='CheckedCityscapesDataset'),
    dict(type='PackBoundaryInputs'),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
model = dict(
    data_preprocessor=dict(type='BoundaryDataPreProcessor', size=(512, 1024)),
    decode_head=dict(num_classes=19),
    auxiliary_head=[
        dict(type='HourglassEdgeHead', **_base_.branch),
        dict(type='HourglassContourHead', num_classes=19, **_base_.branch),
        dict(type='HourglassDistanceHead', **_base_.branch),
    ],
)
