# Quick start, the plain baseline: DeepLabV3+ on a small ResNet-18, ToyStreets, minutes on a CPU.
# `configs/debias_deeplab.py` differs from it in the head alone.
_base_ = [
    './_base_/models/deeplabv3plus_r18_small.py', './_base_/datasets/toy_streets.py',
    './_base_/default_runtime.py', './_base_/schedules/schedule_toy.py'
]
model = dict(data_preprocessor=dict(size=(192, 256)), decode_head=dict(num_classes=12))
