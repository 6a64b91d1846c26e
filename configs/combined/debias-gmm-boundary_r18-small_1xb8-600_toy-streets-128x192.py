# ToyStreets, minutes on a CPU: all three methods together.
# It differs from `configs/boundary_deeplab.py` in the head alone.
_base_ = '../boundary_deeplab.py'
model = dict(
    decode_head=dict(
        _delete_=True,
        type='ClassSuppressionHead',
        head_type='GMMSkipHead',
        suppression=dict(weight=1.0),
        in_channels=[32, 64, 128, 256],
        in_index=[0, 1, 2, 3],
        channels=64,
        num_classes=12,
        norm_cfg=_base_.norm_cfg,
        loss_decode=dict(type='WeightedCrossEntropyLoss', class_weight=_base_.class_weight),
    )
)
