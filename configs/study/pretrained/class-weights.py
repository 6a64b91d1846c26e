# From ImageNet weights: class-weighted cross-entropy.
_base_ = [
    './plain.py',
    '../../_base_/class_weights/camvid.py',
]
model = dict(decode_head=dict(loss_decode=dict(_delete_=True, **_base_.weighted_loss)))
