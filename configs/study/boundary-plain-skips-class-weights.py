# The study: the combined model with class weights, without its mixture and class suppression.
_base_ = ['./boundary.py', '../_base_/class_weights/camvid.py']
model = dict(
    decode_head=dict(
        _delete_=True,
        type='GMMSkipHead',
        num_components=0,
        global_channels=0,
        in_channels=[32, 64, 128, 256],
        in_index=[0, 1, 2, 3],
        channels=128,
        dilations=(1, 3, 6, 9),
        separable=True,
        num_classes=11,
        norm_cfg=_base_.norm_cfg,
        loss_decode=_base_.weighted_loss,
    )
)
