"""A tiny segmentor with any decode head, and an image that is padded and resized."""

import torch
from mmengine.config import ConfigDict
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample

NORM = dict(type='BN')
WHOLE = dict(mode='whole')


def segmentor(decode_head, test_cfg=WHOLE):
    init_default_scope('mmseg')
    torch.manual_seed(0)
    cascade = isinstance(decode_head, list)
    kind = dict(type='CascadeEncoderDecoder', num_stages=2) if cascade else {}
    model = MODELS.build(
        dict(
            type='EncoderDecoder',
            backbone=dict(type='ResNet', depth=18, stem_channels=8, base_channels=8, norm_cfg=NORM),
            decode_head=decode_head,
            test_cfg=ConfigDict(test_cfg),
        )
        | kind
    )
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
        if isinstance(module, torch.nn.Conv2d):
            torch.nn.init.kaiming_normal_(module.weight)
    return model.eval()


def image():
    """An image of 40x50, padded to 48x64, whose original is of 60x75."""
    generator = torch.Generator().manual_seed(1)
    meta = dict(
        img_shape=(40, 50), ori_shape=(60, 75), pad_shape=(48, 64), padding_size=[0, 14, 0, 8]
    )
    return torch.randn(1, 3, 48, 64, generator=generator), SegDataSample(metainfo=meta)
