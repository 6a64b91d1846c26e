# The study: the combined model with class weights, without its mixture and class suppression.
_base_ = [
    './boundary.py',
    '../_base_/models/gmm_skip_r18_small.py',
    '../_base_/class_weights/camvid.py',
]
model = dict(
    decode_head=dict(
        _delete_=True,
        type='GMMSkipHead',
        num_components=0,
        global_channels=0,
        **_base_.gmm_skip_head,
        num_classes=11,
        norm_cfg=_base_.norm_cfg,
        loss_decode=_base_.weighted_loss,
    )
)
