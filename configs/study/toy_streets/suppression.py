# The study of the context gap: class suppression.
_base_ = './baseline.py'
model = dict(
    decode_head=dict(
        type='ClassSuppressionHead',
        head_type='DepthwiseSeparableASPPHead',
        suppression=dict(weight=1.0),
    )
)
