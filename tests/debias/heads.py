"""Tiny instances of the heads that class suppression is proved on, and features for them."""

import pytest
import torch
import torch.nn.functional as F
from mmengine.logging import MessageHub
from mmengine.structures import PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample

NUM_CLASSES = 5
LEVELS = dict(in_channels=[4, 6, 8, 12], in_index=[0, 1, 2, 3])
COMMON = dict(num_classes=NUM_CLASSES, channels=8, dropout_ratio=0.1, norm_cfg=dict(type='BN'))
LAST = dict(in_channels=12, in_index=3)

HEADS = {
    'FCNHead': dict(**LAST, num_convs=1),
    'ASPPHead': dict(**LAST, dilations=(1, 2)),
    'DepthwiseSeparableASPPHead': dict(**LAST, dilations=(1, 2), c1_in_channels=4, c1_channels=3),
    'PSPHead': dict(**LAST, pool_scales=(1, 2)),
    'UPerHead': dict(**LEVELS, pool_scales=(1, 2)),
    'OCRHead': dict(**LEVELS, input_transform='resize_concat', ocr_channels=4),
    'SegformerHead': LEVELS,
}
all_heads = pytest.mark.parametrize('name', HEADS)


def plain_head(name, **changes):
    return MODELS.build(dict(type=name, **(COMMON | HEADS[name] | changes)))


def suppressed_head(name='FCNHead', suppression=None, **changes):
    arguments = COMMON | HEADS[name] | changes
    return MODELS.build(
        dict(
            type='ClassSuppressionHead', head_type=name, suppression=suppression or {}, **arguments
        )
    )


def features(dtype=torch.float32, batch=2):
    generator = torch.Generator().manual_seed(3)
    sizes = [(16, 24), (8, 12), (4, 6), (2, 3)]
    return [
        torch.randn(batch, channels, *size, generator=generator, dtype=dtype)
        for channels, size in zip(LEVELS['in_channels'], sizes, strict=True)
    ]


def labels(batch=2, num_classes=NUM_CLASSES):
    generator = torch.Generator().manual_seed(4)
    ids = torch.randint(0, num_classes, (batch, 1, 32, 48), generator=generator)
    ids[:, :, :5, :7] = 255
    return ids


def data_samples(ids):
    return [SegDataSample(gt_sem_seg=PixelData(data=one)) for one in ids]


def inputs_of(name, dtype=torch.float32):
    """What the head's forward takes: a cascade head also gets the coarse logits."""
    feature = features(dtype)
    if name != 'OCRHead':
        return (feature,)
    generator = torch.Generator().manual_seed(5)
    return feature, torch.randn(2, NUM_CLASSES, 16, 24, generator=generator, dtype=dtype)


def set_progress(iteration, max_iters=100, seed=0):
    hub = MessageHub.get_current_instance()
    hub.update_info('iter', iteration)
    hub.update_info('max_iters', max_iters)
    hub.update_info('seed', seed)


def mean_cross_entropy(logits, ids):
    """mmseg's default: ignored pixels count as 0 in the mean."""
    logits = F.interpolate(logits, ids.shape[2:], mode='bilinear', align_corners=False)
    log_probability = logits - torch.logsumexp(logits, 1, keepdim=True)
    valid = ids[:, 0] != 255
    chosen = log_probability.gather(1, ids.clamp(max=logits.shape[1] - 1))[:, 0]
    return -(chosen * valid).sum() / valid.numel()
