# DeepLabV3+ on a small ResNet-18, CamVid at 240x320, 600 iterations from scratch: minutes on a CPU.
# Measured: see docs/study/trials.md.
_base_ = [
    '../_base_/models/deeplabv3plus_r18_small.py',
    '../_base_/datasets/camvid_240x320.py',
    '../_base_/schedules/schedule_600.py',
    '../_base_/default_runtime.py',
]
model = dict(
    data_preprocessor=dict(size=(240, 320)),
    decode_head=dict(channels=128, c1_channels=32, num_classes=11),
)
