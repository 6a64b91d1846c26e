# From ImageNet weights: class weights and the mixture decoder.
_base_ = [
    '../../_base_/models/mixture_efficientnet-lite0.py',
    '../../_base_/datasets/camvid_240x320.py',
    '../../_base_/schedules/schedule_1000_adamw.py',
    '../../_base_/default_runtime.py',
    '../../_base_/class_weights/camvid.py',
]
model = dict(
    data_preprocessor=dict(size=(240, 320)),
    decode_head=dict(num_classes=11, loss_decode=dict(_delete_=True, **_base_.weighted_loss)),
)
test_evaluator = dict(boundary=dict())
