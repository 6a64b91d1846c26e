# The small CamVid recipe with all three methods together.
_base_ = [
    '../boundary/boundary_deeplabv3plus_r18-small_1xb6-600_camvid-240x320.py',
    '../_base_/models/gmm_skip_r18_small.py',
]
model = dict(
    decode_head=dict(
        _delete_=True,
        type='ClassSuppressionHead',
        head_type='GMMSkipHead',
        suppression=dict(weight=1.0),
        **_base_.gmm_skip_head,
        num_classes=11,
        norm_cfg=_base_.norm_cfg,
    )
)
