# The mixture decoder on EfficientNet-Lite0 with output stride 16, from ImageNet weights.
# A config that uses it sets `num_classes` and the preprocessor's `size`, that of its crops.
_base_ = './deeplabv3plus_efficientnet-lite0.py'
model = dict(
    decode_head=dict(
        _delete_=True,
        type='GMMSkipHead',
        in_channels=[24, 40, 112, 320],
        in_index=[0, 1, 2, 3],
        channels=96,
        separable=True,
        dropout_ratio=0.1,
        num_classes=19,
        norm_cfg=_base_.norm_cfg,
        align_corners=False,
        loss_decode=dict(type='CrossEntropyLoss', use_sigmoid=False, loss_weight=1.0),
    )
)
