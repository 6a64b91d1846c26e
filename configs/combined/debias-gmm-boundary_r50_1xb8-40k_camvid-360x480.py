# ResNetV1c-50 on CamVid at the full 360x480 with all three methods together.
# Not trained here: it needs GPUs and data that were not at hand.
_base_ = '../boundary/boundary_deeplabv3plus_r50_1xb8-40k_camvid-360x480.py'
model = dict(
    decode_head=dict(
        _delete_=True,
        type='ClassSuppressionHead',
        head_type='GMMSkipHead',
        suppression=dict(weight=10.0),
        in_channels=[256, 512, 1024, 2048],
        in_index=[0, 1, 2, 3],
        channels=256,
        dilations=(1, 12, 24, 36),
        separable=True,
        num_classes=11,
        norm_cfg=_base_.norm_cfg,
    )
)
