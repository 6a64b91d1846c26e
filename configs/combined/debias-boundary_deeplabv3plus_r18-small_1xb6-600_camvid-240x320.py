# The small CamVid recipe with class suppression and the boundary heads together.
_base_ = '../boundary/boundary_deeplabv3plus_r18-small_1xb6-600_camvid-240x320.py'
model = dict(
    decode_head=dict(
        type='ClassSuppressionHead',
        head_type='DepthwiseSeparableASPPHead',
        suppression=dict(weight=1.0),
    )
)
