# DeepLabV3+ on EfficientNet-Lite0, CamVid at 240x320, 1000 iterations from ImageNet weights, with
# class suppression.
_base_ = '../baseline/deeplabv3plus_efficientnet-lite0_1xb6-1000_camvid-240x320.py'
model = dict(
    decode_head=dict(
        type='ClassSuppressionHead',
        head_type='DepthwiseSeparableASPPHead',
        suppression=dict(weight=1.0),
    )
)
