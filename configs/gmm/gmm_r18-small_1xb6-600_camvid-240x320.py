# The small CamVid recipe with the mixture decoder in place of DeepLabV3+'s head.
_base_ = [
    '../baseline/deeplabv3plus_r18-small_1xb6-600_camvid-240x320.py',
    '../_base_/models/gmm_skip_r18_small.py',
]
model = dict(
    decode_head=dict(
        _delete_=True,
        type='GMMSkipHead',
        **_base_.gmm_skip_head,
        num_classes=11,
        norm_cfg=_base_.norm_cfg,
    )
)
