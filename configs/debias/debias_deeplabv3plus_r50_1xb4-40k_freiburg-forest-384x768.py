# DeepLabV3+ R50 with class suppression on Freiburg Forest.
# Not trained here: it needs GPUs and data that were not at hand.
_base_ = '../baseline/deeplabv3plus_r50_1xb4-40k_freiburg-forest-384x768.py'
model = dict(
    decode_head=dict(
        type='ClassSuppressionHead',
        head_type='DepthwiseSeparableASPPHead',
        suppression=dict(weight=10.0),
    )
)
