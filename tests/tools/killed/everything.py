"""All methods, augmentation and hooks on a tiny model, with a checkpoint after every iteration.

Short on purpose: mmengine formats the whole config anew for each checkpoint.
"""

custom_imports = dict(imports=['mmseg_ext'], allow_failed_imports=False)
default_scope = 'mmseg'
model = dict(
    type='EncoderDecoder',
    data_preprocessor=dict(type='BoundaryDataPreProcessor', size=(32, 48), seg_pad_val=255),
    backbone=dict(type='ResNetV1c', depth=18, base_channels=8, stem_channels=8),
    decode_head=dict(
        type='ClassSuppressionHead',
        head_type='GMMSkipHead',
        suppression=dict(weight=1.0),
        in_channels=[8, 16, 32, 64],
        in_index=[0, 1, 2, 3],
        channels=16,
        num_classes=12,
        dropout_ratio=0.1,
    ),
    auxiliary_head=[
        dict(type='EdgeHead', in_channels=8, in_index=0, channels=8),
        dict(type='ContourHead', in_channels=32, in_index=2, channels=8, num_classes=12),
        dict(type='DistanceHead', in_channels=32, in_index=2, channels=8),
    ],
    train_cfg=dict(),
    test_cfg=dict(mode='whole'),
)
train_dataloader = dict(
    batch_size=2,
    num_workers=0,
    sampler=dict(type='SeededInfiniteSampler'),
    dataset=dict(
        type='ToyStreetsDataset',
        data_root='{{$MMSEG_EXT_DATA:data}}/toy_streets',
        split='train',
        pipeline=[
            dict(type='LoadImageFromFile'),
            dict(type='LoadCheckedLabels'),
            dict(type='LoadInstanceMap'),
            dict(type='RandomResize', scale=(64, 48), ratio_range=(0.8, 1.5), keep_ratio=True),
            dict(type='RandomCrop', crop_size=(32, 48)),
            dict(type='RandomFlip', prob=0.5),
            dict(type='PhotoMetricDistortion'),
            dict(
                type='Albumentations',
                transforms=[dict(type='GaussNoise', p=0.5), dict(type='RandomFog', p=0.5)],
            ),
            dict(type='GenerateBoundaryTargets', dataset='ToyStreetsDataset'),
            dict(type='PackBoundaryInputs'),
        ],
    ),
)
val_dataloader = dict(
    batch_size=2,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='ToyStreetsDataset',
        data_root='{{$MMSEG_EXT_DATA:data}}/toy_streets',
        split='val',
        pipeline=[
            dict(type='LoadImageFromFile'),
            dict(type='LoadCheckedLabels'),
            dict(type='PackSegInputs'),
        ],
    ),
)
val_evaluator = dict(type='PerClassIoU')
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='AdamW', lr=0.004))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, end=4, by_epoch=False),
    dict(type='PolyLR', begin=4, end=12, by_epoch=False),
]
train_cfg = dict(type='IterBasedTrainLoop', max_iters=12, val_interval=4)
val_cfg = dict(type='ValLoop')
test_dataloader = val_dataloader
test_evaluator = val_evaluator
test_cfg = dict(type='TestLoop')
randomness = dict(seed=0)
log_processor = dict(by_epoch=False)
default_hooks = dict(
    # Losses are means over two iterations, so that their history must survive too.
    logger=dict(type='LoggerHook', interval=2, log_metric_by_epoch=False),
    checkpoint=dict(
        type='AtomicCheckpointHook', by_epoch=False, interval=1, max_keep_ckpts=2, save_best='mIoU'
    ),
    exact_resume=dict(type='ExactResumeHook'),
    bad_samples=dict(type='BadSampleHook'),
    non_finite=dict(type='NonFiniteHook'),
)
visualizer = dict(type='SegLocalVisualizer', vis_backends=[dict(type='LocalVisBackend')])
