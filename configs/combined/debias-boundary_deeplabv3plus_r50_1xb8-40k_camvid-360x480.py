# DeepLabV3+ R50 with class suppression and the boundary heads on CamVid at the full 360x480.
# Not trained here: it needs GPUs and data that were not at hand.
_base_ = '../boundary/boundary_deeplabv3plus_r50_1xb8-40k_camvid-360x480.py'
model = dict(
    decode_head=dict(
        type='ClassSuppressionHead',
        head_type='DepthwiseSeparableASPPHead',
        suppression=dict(weight=10.0),
    )
)
