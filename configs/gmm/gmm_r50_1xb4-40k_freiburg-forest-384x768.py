# The mixture decoder on ResNetV1c-50, Freiburg Forest.
_base_ = '../baseline/deeplabv3plus_r50_1xb4-40k_freiburg-forest-384x768.py'
model = dict(
    decode_head=dict(
        _delete_=True,
        type='GMMSkipHead',
        in_channels=[256, 512, 1024, 2048],
        in_index=[0, 1, 2, 3],
        channels=256,
        dilations=(1, 12, 24, 36),
        separable=True,
        num_classes=5,
        norm_cfg=_base_.norm_cfg,
    )
)
