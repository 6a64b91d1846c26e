# DeepLabV3+ R50 with class suppression on SYNTHIA-RAND-CITYSCAPES, 19 classes.
# Not trained here: it needs GPUs and data that were not at hand.
_base_ = '../baseline/deeplabv3plus_r50_4xb2-80k_synthia-512x1024.py'
model = dict(
    decode_head=dict(
        type='ClassSuppressionHead',
        head_type='DepthwiseSeparableASPPHead',
        suppression=dict(weight=10.0),
    )
)
