# DeepLabV3+ R50 with class suppression on Cityscapes.
# Not trained here: it needs GPUs and data that were not at hand.
_base_ = '../baseline/deeplabv3plus_r50_4xb2-80k_cityscapes-512x1024.py'
model = dict(
    decode_head=dict(
        type='ClassSuppressionHead',
        head_type='DepthwiseSeparableASPPHead',
        suppression=dict(weight=10.0),
    )
)
