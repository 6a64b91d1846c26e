# SegFormer-B0 on Cityscapes, mmseg's standard recipe.
_base_ = [
    '../_base_/models/segformer_mit-b0.py',
    '../_base_/datasets/cityscapes_1024x1024.py',
    '../_base_/schedules/schedule_160k_adamw.py',
    '../_base_/default_runtime.py',
]
model = dict(
    data_preprocessor=dict(size=(1024, 1024)),
    test_cfg=dict(mode='slide', crop_size=(1024, 1024), stride=(768, 768)),
)
