# SegFormer-B0 with class suppression on Cityscapes.
_base_ = [
    '../baseline/segformer_mit-b0_8xb1-160k_cityscapes-1024x1024.py',
    '../_base_/suppression/released.py',
]
model = dict(decode_head=dict(head_type='SegformerHead', **_base_.suppressed))
