# The hourglass with its semantic branch alone, narrow, CamVid at 240x320, 600 iterations from
# scratch: minutes on a CPU.
_base_ = [
    '../_base_/models/hourglass_vgg16_small.py',
    '../_base_/datasets/camvid_240x320.py',
    '../_base_/schedules/schedule_600.py',
    '../_base_/default_runtime.py',
]
model = dict(data_preprocessor=dict(size=(240, 320)), decode_head=dict(num_classes=11))
