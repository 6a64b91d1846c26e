# The study's protocol: the small CamVid recipe with 2500 iterations, in bfloat16.
_base_ = [
    '../baseline/deeplabv3plus_r18-small_1xb6-600_camvid-240x320.py',
    '../_base_/schedules/study.py',
]
optim_wrapper = _base_.study.optim_wrapper
custom_hooks = _base_.study.custom_hooks
train_cfg = _base_.study.train_cfg
val_evaluator = _base_.study.evaluator
test_evaluator = _base_.study.evaluator
