# DeepLabV3+ R50 with class suppression on CamVid at the full 360x480.
_base_ = [
    '../baseline/deeplabv3plus_r50_1xb8-40k_camvid-360x480.py',
    '../_base_/suppression/released.py',
]
model = dict(decode_head=dict(head_type='DepthwiseSeparableASPPHead', **_base_.suppressed))
