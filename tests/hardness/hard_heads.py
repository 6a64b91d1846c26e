"""Tiny heads with the hardness level, features and labels for them."""

import torch
from mmengine.structures import PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample

NUM_CLASSES = 5
LEVELS = dict(in_channels=[4, 6, 8, 12], in_index=[0, 1, 2, 3])
LAST = dict(in_channels=12, in_index=3)
HEADS = {
    'FCNHead': dict(**LAST, num_convs=1),
    'DepthwiseSeparableASPPHead': dict(**LAST, dilations=(1, 2), c1_in_channels=4, c1_channels=3),
    'UPerHead': dict(**LEVELS, pool_scales=(1, 2)),
    'OCRHead': dict(**LEVELS, input_transform='resize_concat', ocr_channels=4),
    'SegformerHead': LEVELS,
}
PLAIN_MEAN = dict(type='CrossEntropyLoss', avg_non_ignore=True)


def arguments(name='FCNHead', **changes):
    common = dict(
        num_classes=NUM_CLASSES, channels=8, norm_cfg=dict(type='BN'), loss_decode=PLAIN_MEAN
    )
    return common | HEADS[name] | changes


def plain_head(name='FCNHead', **changes):
    torch.manual_seed(0)
    return MODELS.build(dict(type=name, **arguments(name, **changes)))


def hard_head(name='FCNHead', hardness=None, **changes):
    torch.manual_seed(0)
    return MODELS.build(
        dict(
            type='HardnessHead', head_type=name, hardness=hardness or {},
            **arguments(name, **changes),
        )
    )  # fmt: skip


def features(dtype=torch.float32):
    generator = torch.Generator().manual_seed(3)
    sizes = [(16, 24), (8, 12), (4, 6), (2, 3)]
    return [
        torch.randn(2, channels, *size, generator=generator, dtype=dtype)
        for channels, size in zip(LEVELS['in_channels'], sizes, strict=True)
    ]


def inputs_of(name, dtype=torch.float32):
    """What the head's forward takes: a cascade head also gets the coarse logits."""
    if name != 'OCRHead':
        return (features(dtype),)
    generator = torch.Generator().manual_seed(5)
    coarse = torch.randn(2, NUM_CLASSES, 16, 24, generator=generator, dtype=dtype)
    return features(dtype), coarse


def labels(num_classes=NUM_CLASSES):
    generator = torch.Generator().manual_seed(4)
    ids = torch.randint(0, num_classes, (2, 1, 32, 48), generator=generator)
    ids[:, :, :5, :7] = 255
    return ids


def data_samples(ids):
    return [SegDataSample(gt_sem_seg=PixelData(data=one)) for one in ids]


def total(losses):
    return sum(value for name, value in losses.items() if 'loss' in name)
