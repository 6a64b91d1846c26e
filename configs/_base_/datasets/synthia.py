# SYNTHIA-RAND-CITYSCAPES, 19 classes (num_classes=16 and 13 are the usual subsets), crops of
# 512x1024. Train: frames 0 to 8999; val and test: 9000 to 9399.
data_root = '{{$MMSEG_EXT_DATA:data}}/synthia'
image_scale = (1280, 760)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadCheckedLabels'),
    dict(type='RandomResize', scale=image_scale, ratio_range=(0.5, 2.0), keep_ratio=True),
    dict(type='RandomCrop', crop_size=(512, 1024), cat_max_ratio=0.75),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PhotoMetricDistortion'),
    dict(type='PackSegInputs'),
]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=image_scale, keep_ratio=True),
    # After the resizing of the image: predictions are scored at the size of the label files.
    dict(type='LoadCheckedLabels'),
    dict(type='PackSegInputs'),
]
tta_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(
        type='TestTimeAug',
        transforms=[
            [
                dict(type='Resize', scale=(int(1280 * r), int(760 * r)), keep_ratio=True)
                for r in (0.75, 1.0, 1.25)
            ],
            [
                dict(type='RandomFlip', prob=0.0, direction='horizontal'),
                dict(type='RandomFlip', prob=1.0, direction='horizontal'),
            ],
            [dict(type='LoadCheckedLabels')],
            [dict(type='PackSegInputs')],
        ],
    ),
]
train_dataloader = dict(
    batch_size=2,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='SeededInfiniteSampler', shuffle=True),
    dataset=dict(
        type='SynthiaDataset',
        data_root=data_root,
        split='train',
        num_classes=19,
        pipeline=train_pipeline,
    ),
)
val_dataloader = dict(
    batch_size=1,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='SynthiaDataset',
        data_root=data_root,
        split='val',
        num_classes=19,
        pipeline=test_pipeline,
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(type='PerClassIoU')
test_evaluator = val_evaluator
