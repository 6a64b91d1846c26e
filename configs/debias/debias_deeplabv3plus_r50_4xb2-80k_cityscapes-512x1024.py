# DeepLabV3+ R50 with class suppression on Cityscapes.
_base_ = [
    '../baseline/deeplabv3plus_r50_4xb2-80k_cityscapes-512x1024.py',
    '../_base_/suppression/released.py',
]
model = dict(decode_head=dict(head_type='DepthwiseSeparableASPPHead', **_base_.suppressed))
