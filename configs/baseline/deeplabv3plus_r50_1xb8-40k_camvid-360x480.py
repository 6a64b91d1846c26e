# DeepLabV3+ R50 on CamVid at the full 360x480.
_base_ = [
    '../_base_/models/deeplabv3plus_r50.py',
    '../_base_/datasets/camvid.py',
    '../_base_/schedules/schedule_40k.py',
    '../_base_/default_runtime.py',
]
model = dict(
    data_preprocessor=dict(size=(360, 480)),
    decode_head=dict(num_classes=11),
    auxiliary_head=dict(num_classes=11),
)
