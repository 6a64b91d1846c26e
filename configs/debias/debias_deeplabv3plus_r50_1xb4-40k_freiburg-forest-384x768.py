# DeepLabV3+ R50 with class suppression on Freiburg Forest.
_base_ = [
    '../baseline/deeplabv3plus_r50_1xb4-40k_freiburg-forest-384x768.py',
    '../_base_/suppression/released.py',
]
model = dict(decode_head=dict(head_type='DepthwiseSeparableASPPHead', **_base_.suppressed))
