# DeepLabV3+ R50 on Freiburg Forest.
_base_ = [
    '../_base_/models/deeplabv3plus_r50.py',
    '../_base_/datasets/freiburg_forest.py',
    '../_base_/schedules/schedule_40k.py',
    '../_base_/default_runtime.py',
]
model = dict(
    data_preprocessor=dict(size=(384, 768)),
    decode_head=dict(num_classes=5),
    auxiliary_head=dict(num_classes=5),
)
