# SegFormer-B0 with class suppression on Cityscapes.
# Not trained here: it needs GPUs and data that were not at hand.
_base_ = '../baseline/segformer_mit-b0_8xb1-160k_cityscapes-1024x1024.py'
model = dict(
    decode_head=dict(
        type='ClassSuppressionHead',
        head_type='SegformerHead',
        suppression=dict(weight=10.0),
    )
)
