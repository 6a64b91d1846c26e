"""The hourglass's layout, its sizes, and ImageNet weights from a file."""

from pathlib import Path

import pytest
import torch
from mmseg.registry import MODELS
from torch import nn
from torch.testing import assert_close

from mmseg_ext.boundary.hourglass import HourglassBackbone
from mmseg_ext.boundary.hourglass_heads import HourglassBranchHead
from mmseg_ext.boundary.vgg_weights import load_vgg16_bn
from mmseg_ext.common.errors import CheckpointError, ConfigError

VGG16 = [64, 64, 'M', 128, 128, 'M', 256, 256, 256, 'M', 512, 512, 512, 'M', 512, 512, 512, 'M']


def vgg16_bn_features():
    """torchvision's layout: a convolution with bias, normalisation and ReLU, or a pooling."""
    layers, before = [], 3
    for width in VGG16:
        if width == 'M':
            layers.append(nn.MaxPool2d(2))
        else:
            layers += [nn.Conv2d(before, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()]
            before = width
    return nn.Sequential(*layers)


@pytest.fixture(scope='module')
def vgg_file(tmp_path_factory):
    torch.manual_seed(0)
    features = vgg16_bn_features().eval()
    for module in features:
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, std=0.1)
            nn.init.normal_(module.running_mean, std=0.1)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
    state = {f'features.{key}': value for key, value in features.state_dict().items()}
    state['classifier.0.weight'] = torch.zeros(1)
    path = tmp_path_factory.mktemp('vgg') / 'vgg16_bn.pth'
    torch.save(state, path)
    return str(path), features


def test_layout():
    model = HourglassBackbone()
    widths = [
        [m.out_channels for m in stage.modules() if isinstance(m, nn.Conv2d)]
        for stage in (*model.encoder, *model.decoder)
    ]
    assert widths == [
        [64] * 2,
        [128] * 2,
        [256] * 3,
        [512] * 3,
        [512] * 3,
        [512] * 3,
        [512, 512, 256],
        [256, 256, 128],
    ]
    assert all(m.kernel_size == (3, 3) for m in model.modules() if isinstance(m, nn.Conv2d))


@pytest.mark.parametrize(
    ('size', 'strides'),
    [
        ((64, 96), [(2, 3), (4, 6), (8, 12), (16, 24)]),
        ((70, 101), [(2, 3), (4, 6), (8, 12), (17, 25)]),
    ],
)
def test_feature_sizes(size, strides):
    model = HourglassBackbone(base_channels=2)
    features = model(torch.rand(2, 3, *size))
    assert [tuple(f.shape) for f in features] == [
        (2, channels, *stride) for channels, stride in zip([16, 16, 8, 4], strides, strict=True)
    ]
    features[-1].sum().backward()
    assert all(p.grad.isfinite().all() for p in model.parameters())


def test_up_sampling_puts_values_back_where_they_were_pooled():
    model = HourglassBackbone(base_channels=1).eval()
    seen = []
    model.decoder[0].register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    encoded = []
    model.encoder[4].register_forward_hook(lambda *args: encoded.append(args[2]))
    with torch.no_grad():
        model(torch.rand(1, 3, 64, 64))
    sparse, before = seen[0], encoded[0]
    assert_close(sparse[sparse != 0], before[sparse != 0])
    assert_close(nn.functional.max_pool2d(sparse, 2), nn.functional.max_pool2d(before, 2))
    assert (sparse != 0).sum() <= sparse.numel() // 4


def test_vgg16_weights_give_the_same_features(vgg_file):
    path, features = vgg_file
    model = MODELS.build(
        dict(type='HourglassBackbone', init_cfg=dict(type='Pretrained', checkpoint=path))
    )
    model.init_weights()
    model.eval()
    image = torch.rand(1, 3, 32, 32)
    with torch.no_grad():
        assert_close(model(image)[0], features(image), rtol=1e-4, atol=1e-5)


def write(tmp_path, content):
    path = tmp_path / 'weights.pth'
    torch.save(content, path)
    return str(path)


def initialise(path, **kwargs):
    HourglassBackbone(init_cfg=dict(type='Pretrained', checkpoint=path), **kwargs).init_weights()


def test_missing_file(tmp_path):
    with pytest.raises(ConfigError, match='no checkpoint file .*nowhere.pth'):
        initialise(str(tmp_path / 'nowhere.pth'), base_channels=1)


def test_wrong_files_are_named(tmp_path, vgg_file):
    with pytest.raises(ConfigError, match=r'no features.0.weight, its first keys are layer1.w'):
        initialise(write(tmp_path, {'state_dict': {'layer1.w': torch.zeros(1)}}), base_channels=1)
    with pytest.raises(ConfigError, match='holds no parameters'):
        initialise(write(tmp_path, [1, 2]), base_channels=1)
    (tmp_path / 'text.pth').write_text('not a checkpoint')
    with pytest.raises(ConfigError, match='text.pth is not a readable checkpoint'):
        initialise(str(tmp_path / 'text.pth'), base_channels=1)
    with pytest.raises(
        ConfigError,
        match=r'0.0.conv.weight \(64, 3, 3, 3\) instead of '
        r'\(1, 3, 3, 3\).*base_channels=64',
    ):
        initialise(vgg_file[0], base_channels=1)


def test_plain_vgg_without_normalisation_is_refused(tmp_path):
    state = {f'features.{i}.weight': torch.zeros(1) for i in (0, 2, 5, 7)}
    with pytest.raises(ConfigError, match='not VGG16-BN'):
        initialise(write(tmp_path, state), base_channels=1)


def test_wrong_width():
    with pytest.raises(ConfigError, match='base_channels must be positive, got 0'):
        HourglassBackbone(base_channels=0)


def test_a_branch_may_join_levels():
    head = HourglassBranchHead(
        [4, 8], 4, in_index=[0, 1], input_transform='resize_concat', num_classes=3
    )
    features = (torch.randn(1, 4, 8, 12), torch.randn(1, 8, 4, 6))
    assert head(features).shape == (1, 3, 32, 48)


@pytest.mark.parametrize('option', [dict(act_cfg=dict(type='GELU')), dict(conv_cfg=dict(type='X'))])
def test_other_layers_are_refused(option):
    with pytest.raises(ConfigError, match='plain convolutions with ReLU; remove'):
        HourglassBranchHead(4, 4, num_classes=3, **option)


@pytest.mark.parametrize('warn_only', [False, True])
def test_the_switch_of_deterministic_operations_stays_as_it_was(warn_only):
    torch.use_deterministic_algorithms(True, warn_only=warn_only)
    try:
        HourglassBackbone(base_channels=1)(torch.randn(1, 3, 64, 64))
        assert torch.are_deterministic_algorithms_enabled()
        assert torch.is_deterministic_algorithms_warn_only_enabled() is warn_only
    finally:
        torch.use_deterministic_algorithms(False)
    HourglassBackbone(base_channels=1)(torch.randn(1, 3, 64, 64))
    assert not torch.are_deterministic_algorithms_enabled()


@pytest.fixture(scope='module')
def encoder():
    return HourglassBackbone().encoder


def spoilt(kind, tensor):
    if kind == 'sparse':
        return tensor.to_sparse()
    if kind == 'infinite':
        return tensor.index_fill(0, torch.tensor(0), torch.inf)
    return tensor.to(torch.int64)


@pytest.mark.parametrize(
    ('kind', 'message'),
    [('sparse', 'is sparse'), ('infinite', 'are NaN or infinite'), ('int', 'is of int64 numbers')],
)
@pytest.mark.parametrize('key', ['features.3.weight', 'features.4.running_mean', 'features.3.bias'])
def test_weights_that_are_no_numbers_are_named(tmp_path, vgg_file, encoder, key, kind, message):
    state = torch.load(vgg_file[0])
    state[key] = spoilt(kind, state[key])
    with pytest.raises(ConfigError, match=rf'weights\.pth: (.* of )?{key} {message}'):
        load_vgg16_bn(encoder, write(tmp_path, state))


def test_an_altered_file_is_found(tmp_path, vgg_file, encoder):
    content = bytearray(Path(vgg_file[0]).read_bytes())
    for place in (5000, len(content) // 2, len(content) - 5000):
        content[place] ^= 1
        (tmp_path / 'weights.pth').write_bytes(content)
        with pytest.raises(CheckpointError, match='altered'):
            load_vgg16_bn(encoder, str(tmp_path / 'weights.pth'))
        content[place] ^= 1


def test_another_normalisation_is_named(vgg_file):
    encoder = HourglassBackbone(norm_cfg=dict(type='GN', num_groups=8)).encoder
    with pytest.raises(ConfigError, match=r'does not fit the encoder: .* has no \S+\.bn\.\w+; VGG'):
        load_vgg16_bn(encoder, vgg_file[0])
