# The released recipe of class suppression (arXiv 2111.00531): FCN on HRNet-W18-small.
_base_ = [
    '../baseline/fcn_hr18s_4xb12-59k_cityscapes-512x1024.py',
    '../_base_/suppression/released.py',
]
model = dict(decode_head=dict(head_type='FCNHead', **_base_.suppressed))
