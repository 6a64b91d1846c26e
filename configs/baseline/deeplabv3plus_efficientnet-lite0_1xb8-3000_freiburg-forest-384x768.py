# DeepLabV3+ on EfficientNet-Lite0, Freiburg Forest, 3000 iterations from ImageNet weights.
_base_ = [
    '../_base_/models/deeplabv3plus_efficientnet-lite0.py',
    '../_base_/datasets/freiburg_forest.py',
    '../_base_/schedules/schedule_3000_adamw.py',
    '../_base_/default_runtime.py',
]
train_dataloader = dict(batch_size=8)
model = dict(
    data_preprocessor=dict(size=(384, 768)),
    decode_head=dict(dilations=(1, 6, 12, 18), num_classes=5),
)
