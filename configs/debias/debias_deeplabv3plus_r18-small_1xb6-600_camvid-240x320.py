# The small CamVid recipe with class suppression. Its weight is the one that val prefers of 0, 1 and
# the released 10: see the sweep in docs/guides/class-suppression.md.
_base_ = '../baseline/deeplabv3plus_r18-small_1xb6-600_camvid-240x320.py'
model = dict(
    decode_head=dict(
        type='ClassSuppressionHead',
        head_type='DepthwiseSeparableASPPHead',
        suppression=dict(weight=1.0),
    )
)
