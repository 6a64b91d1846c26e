# The released recipe of class suppression (arXiv 2111.00531): FCN on HRNet-W18-small.
# Not trained here: it needs GPUs and data that were not at hand.
_base_ = '../baseline/fcn_hr18s_4xb12-59k_cityscapes-512x1024.py'
model = dict(
    decode_head=dict(
        type='ClassSuppressionHead',
        head_type='FCNHead',
        suppression=dict(weight=10.0),
    )
)
