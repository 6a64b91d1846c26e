# From ImageNet weights: hardness level around DeepLabV3+'s head.
_base_ = './plain.py'
model = dict(
    decode_head=dict(
        type='HardnessHead',
        head_type='DepthwiseSeparableASPPHead',
        hardness=dict(weight=0.01, floor=0.1),
    )
)
