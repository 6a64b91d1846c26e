# DeepLabV3+ on EfficientNet-Lite0, CamVid, 3000 iterations from ImageNet weights, with class
# suppression.
_base_ = '../baseline/deeplabv3plus_efficientnet-lite0_1xb8-3000_camvid-360x480.py'
model = dict(
    decode_head=dict(
        type='ClassSuppressionHead',
        head_type='DepthwiseSeparableASPPHead',
        suppression=dict(weight=1.0),
    )
)
