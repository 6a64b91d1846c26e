# DeepLabV3+ on EfficientNet-Lite0, CamVid at 240x320, 1000 iterations from ImageNet weights.
_base_ = [
    '../_base_/models/deeplabv3plus_efficientnet-lite0.py',
    '../_base_/datasets/camvid_240x320.py',
    '../_base_/schedules/schedule_1000_adamw.py',
    '../_base_/default_runtime.py',
]
model = dict(data_preprocessor=dict(size=(240, 320)), decode_head=dict(num_classes=11))
# Minutes on a CPU are worth keeping.
default_hooks = dict(checkpoint=dict(interval=250))
