# FCN on HRNet-W18-small on Cityscapes: the plain twin of the released recipe of class suppression
# (arXiv 2111.00531). Its 968 epochs of 4 x 12 images are 59,048 iterations.
_base_ = [
    '../_base_/models/fcn_hr18s.py',
    '../_base_/datasets/cityscapes.py',
    '../_base_/schedules/schedule_59k.py',
    '../_base_/default_runtime.py',
]
crop_size = (512, 1024)
model = dict(
    data_preprocessor=dict(size=crop_size),
    decode_head=dict(
        loss_decode=dict(
            _delete_=True,
            type='WeightedCrossEntropyLoss',
            class_weight=[
                0.8373,
                0.918,
                0.866,
                1.0345,
                1.0166,
                0.9969,
                0.9754,
                1.0489,
                0.8786,
                1.0023,
                0.9539,
                0.9843,
                1.1116,
                0.9037,
                1.0865,
                1.0955,
                1.0865,
                1.1529,
                1.0507,
            ],
        )
    ),
)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadCheckedLabels'),
    dict(type='RandomResize', scale=(2048, 1024), ratio_range=(0.5, 2.1), keep_ratio=True),
    dict(type='RandomCrop', crop_size=crop_size),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PackSegInputs'),
]
train_dataloader = dict(batch_size=12, num_workers=4, dataset=dict(pipeline=train_pipeline))
