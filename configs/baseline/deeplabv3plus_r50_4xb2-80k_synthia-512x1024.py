# DeepLabV3+ R50 on SYNTHIA-RAND-CITYSCAPES, 19 classes.
_base_ = [
    '../_base_/models/deeplabv3plus_r50.py',
    '../_base_/datasets/synthia.py',
    '../_base_/schedules/schedule_80k.py',
    '../_base_/default_runtime.py',
]
model = dict(data_preprocessor=dict(size=(512, 1024)))
