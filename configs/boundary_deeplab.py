# Quick start: edge, contour and distance heads beside the head of `baseline_deeplab.py`, ToyStreets
# with its instances, minutes on a CPU. Inference is that of the plain model.
_base_ = './baseline_deeplab.py'
train_pipeline = [
    *_base_.train_pipeline[:2],
    dict(type='LoadInstanceMap'),
    *_base_.train_pipeline[2:-1],
    dict(type='GenerateBoundaryTargets', dataset='ToyStreetsDataset'),
    dict(type='PackBoundaryInputs'),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
task = dict(channels=32, norm_cfg=_base_.norm_cfg, align_corners=False)
both = dict(in_channels=[32, 128], in_index=[0, 2], input_transform='resize_concat')
model = dict(
    data_preprocessor=dict(type='BoundaryDataPreProcessor'),
    auxiliary_head=[
        dict(type='EdgeHead', in_channels=32, in_index=0, **task),
        dict(type='ContourHead', num_classes=12, **both, **task),
        dict(type='DistanceHead', **both, **task),
    ],
)
