"""What counts as a ResNet-50, against mmseg's networks, which have torchvision's names."""

import re

import pytest
import torch
from mmseg.models.backbones import ResNet, ResNetV1c, ResNeXt
from torch.testing import assert_close

from mmseg_ext.backbones.resnet50 import resnet50_shapes, resnet50_weights
from mmseg_ext.common.errors import ConfigError


def network(kind=ResNet, depth=50, **options) -> dict[str, torch.Tensor]:
    """The state dict of a network, without memory for its numbers."""
    with torch.device('meta'):
        built = kind(depth=depth, norm_cfg=dict(type='BN'), **options).state_dict()
    return {name: torch.ones((), dtype=t.dtype).expand(t.shape) for name, t in built.items()}


def wide() -> dict[str, torch.Tensor]:
    """With blocks that begin as those of WideResNet-50-2, with twice as many channels."""
    state = network()
    for name in state:
        if name.startswith('layer') and name.endswith('conv1.weight'):
            state[name] = torch.cat([state[name]] * 2)
    return state


def test_names_and_shapes_are_those_of_the_network():
    assert resnet50_shapes() == {name: tuple(t.shape) for name, t in network().items()}
    # A convolution and four numbers a channel for each of 1 + 3 · 16 + 4 layers, and a counter.
    assert len(resnet50_shapes()) == 53 * 6


@pytest.mark.parametrize('dtype', [torch.float16, torch.float32])
def test_weights_come_in_order_and_in_their_own_memory(dtype):
    stored = {name: t.to(dtype) if t.is_floating_point() else t for name, t in network().items()}
    stored['fc.weight'] = torch.ones(1000, 2048)
    found = resnet50_weights(dict(reversed(stored.items())), 'x.pth')
    assert list(found) == list(resnet50_shapes())
    for name, tensor in found.items():
        assert tensor.is_contiguous() and tensor.dtype == stored[name].dtype
        assert tensor.data_ptr() != stored[name].data_ptr()
    assert_close(found['conv1.weight'], torch.ones(64, 3, 7, 7, dtype=dtype))


def test_counters_may_be_missing():
    stored = {name: t for name, t in network().items() if 'num_batches' not in name}
    assert resnet50_weights(stored, 'x.pth').keys() == stored.keys()
    assert len(stored) == 265


def with_(**changed: torch.Tensor) -> dict[str, torch.Tensor]:
    return network() | {name.replace('__', '.'): tensor for name, tensor in changed.items()}


@pytest.mark.parametrize(
    ('stored', 'message'),
    [
        (lambda: network(depth=18), 'are missing, e.g. layer1.0.conv3.weight, '),
        (
            lambda: network(depth=34),
            'layer1.0.conv1.weight (64, 64, 3, 3) instead of (64, 64, 1, 1)',
        ),
        # 17 blocks more, of three layers of six tensors.
        (lambda: network(depth=101), 'none is missing; 306 do not belong to it, e.g. layer3.6.co'),
        (wide, 'e.g. layer1.0.conv1.weight (128, 64, 1, 1) instead of (64, 64, 1, 1)'),
        (lambda: network(ResNetV1c), '5 are missing, e.g. conv1.weight, bn1.weight, bn1.bias'),
        (
            lambda: network(ResNeXt, groups=32, base_width=4),
            'layer1.0.conv1.weight (128, 64, 1, 1) instead of (64, 64, 1, 1)',
        ),
        (
            lambda: with_(layer1__0__conv1__bias=torch.ones(64)),
            '1 do not belong to it, e.g. layer1.0.conv1.bias',
        ),
        (
            lambda: with_(bn1__num_batches_tracked=torch.ones(2)),
            '1 do not belong to it, e.g. bn1.num_batches_tracked',
        ),
        (
            lambda: with_(bn1__bias=torch.full((64,), torch.nan)),
            'x.pth: 64 of the 64 values of bn1.bias are NaN',
        ),
        (lambda: with_(bn1__bias=torch.ones(64).int()), 'bn1.bias is of int32 numbers'),
        (
            lambda: with_(bn1__num_batches_tracked=torch.ones(()).to_sparse()),
            'bn1.num_batches_tracked is sparse',
        ),
    ],
    ids=['18', '34', '101', 'wide', 'stem', 'next', 'bias', 'counter', 'nan', 'int', 'sparse'],
)
def test_other_networks_are_refused(stored, message):
    with pytest.raises(ConfigError, match=re.escape(message)):
        resnet50_weights(stored(), 'x.pth')
