# ToyStreets, minutes on a CPU: class suppression and the boundary heads together.
# It differs from `configs/boundary_deeplab.py` in the head alone.
_base_ = '../boundary_deeplab.py'
model = dict(
    decode_head=dict(
        type='ClassSuppressionHead',
        head_type='DepthwiseSeparableASPPHead',
        suppression=dict(weight=1.0),
    )
)
