# DeepLabV3+ on EfficientNet-Lite0, Cityscapes, 40,000 iterations from ImageNet weights, with
# class suppression.
_base_ = '../baseline/deeplabv3plus_efficientnet-lite0_1xb8-40k_cityscapes-512x1024.py'
model = dict(
    decode_head=dict(
        type='ClassSuppressionHead',
        head_type='DepthwiseSeparableASPPHead',
        suppression=dict(weight=1.0),
    )
)
