# The mixture decoder on ResNetV1c-50, SYNTHIA-RAND-CITYSCAPES.
_base_ = '../baseline/deeplabv3plus_r50_4xb2-80k_synthia-512x1024.py'
model = dict(
    decode_head=dict(
        _delete_=True,
        type='GMMSkipHead',
        in_channels=[256, 512, 1024, 2048],
        in_index=[0, 1, 2, 3],
        channels=256,
        dilations=(1, 12, 24, 36),
        separable=True,
        num_classes=19,
        norm_cfg=_base_.norm_cfg,
    )
)
