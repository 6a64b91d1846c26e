# DeepLabV3+ on EfficientNet-Lite0 with output stride 16, from ImageNet weights: trains on a CPU.
# A config that uses it sets `num_classes` and the preprocessor's `size`, that of its crops.
_base_ = '../preprocessors/efficientnet_lite.py'
norm_cfg = dict(type='BN', requires_grad=True)
model = dict(
    type='EncoderDecoder',
    data_preprocessor=_base_.data_preprocessor,
    backbone=dict(
        type='EfficientNetLite',
        arch='lite0',
        output_stride=16,
        init_cfg=dict(type='PackagedWeights', name='efficientnet-lite0'),
    ),
    decode_head=dict(
        type='DepthwiseSeparableASPPHead',
        in_channels=320,
        in_index=3,
        channels=96,
        dilations=(1, 3, 6, 9),
        c1_in_channels=24,
        c1_channels=24,
        dropout_ratio=0.1,
        num_classes=19,
        norm_cfg=norm_cfg,
        align_corners=False,
        loss_decode=dict(type='CrossEntropyLoss', use_sigmoid=False, loss_weight=1.0),
    ),
    train_cfg=dict(),
    test_cfg=dict(mode='whole'),
)
