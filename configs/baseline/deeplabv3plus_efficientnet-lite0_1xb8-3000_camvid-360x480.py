# DeepLabV3+ on EfficientNet-Lite0, CamVid, 3000 iterations from ImageNet weights.
_base_ = [
    '../_base_/models/deeplabv3plus_efficientnet-lite0.py',
    '../_base_/datasets/camvid.py',
    '../_base_/schedules/schedule_3000_adamw.py',
    '../_base_/default_runtime.py',
]
model = dict(
    data_preprocessor=dict(size=(360, 480)),
    decode_head=dict(dilations=(1, 6, 12, 18), num_classes=11),
)
