# The small CamVid recipe with all three methods together.
_base_ = '../boundary/boundary_deeplabv3plus_r18-small_1xb6-600_camvid-240x320.py'
model = dict(
    decode_head=dict(
        _delete_=True,
        type='ClassSuppressionHead',
        head_type='GMMSkipHead',
        suppression=dict(weight=1.0),
        in_channels=[32, 64, 128, 256],
        in_index=[0, 1, 2, 3],
        channels=128,
        dilations=(1, 3, 6, 9),
        separable=True,
        num_classes=11,
        norm_cfg=_base_.norm_cfg,
    )
)
