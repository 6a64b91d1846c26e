# Quick start: the mixture decoder in place of the head of `baseline_deeplab.py`; ToyStreets,
# minutes on a CPU.
_base_ = './baseline_deeplab.py'
model = dict(
    decode_head=dict(
        _delete_=True,
        type='GMMSkipHead',
        in_channels=[32, 64, 128, 256],
        in_index=[0, 1, 2, 3],
        channels=64,
        num_classes=12,
        norm_cfg=_base_.norm_cfg,
        loss_decode=dict(type='WeightedCrossEntropyLoss', class_weight=_base_.class_weight),
    )
)
