# DeepLabV3+ R50 with edge, contour and distance heads on Cityscapes (instances from instanceIds).
_base_ = '../baseline/deeplabv3plus_r50_4xb2-80k_cityscapes-512x1024.py'
train_pipeline = [
    *_base_.train_pipeline[:2],
    dict(type='LoadInstanceMap'),
    *_base_.train_pipeline[2:-1],
    dict(type='GenerateBoundaryTargets', dataset='CheckedCityscapesDataset'),
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
        dict(type='ContourHead', num_classes=19, **both, **task),
        dict(type='DistanceHead', in_channels=1024, in_index=2, **task),
    ],
)
