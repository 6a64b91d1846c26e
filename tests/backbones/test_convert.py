"""Checkpoints of self-supervised trainings, from the file to a backbone that has their weights."""

import argparse
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmseg.registry import MODELS

from mmseg_debias import main
from mmseg_ext.backbones.convert import convert_backbone
from mmseg_ext.backbones.resnet50 import resnet50_shapes
from mmseg_ext.checkpoints.checkpoint_file import read_intact
from mmseg_ext.common.errors import CheckpointError, ConfigError, DiskError

RECIPE = 'configs/ssl/ssl_deeplabv3plus_r50_1xb8-40k_camvid-360x480.py'


def light(prefix: str = '', value: float = 0.0) -> dict[str, torch.Tensor]:
    """The tensors of a ResNet-50 that hold one number, and take no more room in a file."""
    number = torch.tensor(value, dtype=torch.float16)
    return {prefix + name: number.expand(shape) for name, shape in resnet50_shapes().items()}


@pytest.fixture
def run(tmp_path, capsys, unguarded):
    """Convert what a file holds by the command; gives exit code, what it wrote, and the output."""

    def convert(content, *options: str):
        file, out = tmp_path / 'in.pth', tmp_path / 'out.pth'
        torch.save(content, file)
        code = main(['convert-backbone', str(file), '--out', str(out), *options])
        return code, capsys.readouterr(), out

    return convert


def random_backbone(config) -> torch.nn.Module:
    """A backbone of which every number is another than at the beginning of a training."""
    torch.manual_seed(0)
    backbone = MODELS.build({**config, 'init_cfg': None})
    for name, tensor in backbone.state_dict().items():
        if name.endswith('num_batches_tracked'):
            tensor.fill_(7)
        elif 'conv' not in name and 'downsample.0' not in name:
            tensor.uniform_(0.5, 1.5)
    backbone.eval()
    return backbone


@torch.no_grad()
def test_the_recipe_starts_as_the_network_that_was_trained(
    run, repository, tmp_path, monkeypatch, unguarded
):
    monkeypatch.setenv('MMSEG_EXT_DATA', str(tmp_path))
    config = Config.fromfile(repository / RECIPE).model.backbone
    config.norm_cfg.type = 'BN'
    trained = random_backbone(config)
    content = dict(
        model={
            **light('module.encoder_k.'),
            'module.encoder_k.fc.0.weight': torch.zeros(2, 2),
            **{f'module.encoder.{name}': value for name, value in trained.state_dict().items()},
            'module.encoder.fc.0.weight': torch.zeros(2, 2),
            'module.encoder.fc.0.bias': torch.zeros(2),
            'module.queue': torch.zeros(3),
        },
        epoch=200,
        optimizer=dict(state={0: dict(momentum=torch.zeros(2))}, param_groups=[]),
    )
    code, written, out = run(content)
    assert code == 0, written.err
    assert written.out.splitlines()[-4:] == [
        "CLoVE: 318 of module.encoder. in 'model' kept, 265 weights and statistics and 53 counters "
        'of batches',
        "dropped: 319 of module.encoder_k. in 'model', 2 of module.encoder. in 'model', 1 of "
        "module.queue in 'model'",
        'besides, no tensors: epoch, optimizer',
        str(out),
    ]
    assert read_intact(out).content[-71:].startswith(b'sha256:')
    (tmp_path / 'weights').mkdir()
    out.rename(config.init_cfg.checkpoint)
    started = MODELS.build(config)
    started.init_weights()
    assert started.state_dict().keys() == trained.state_dict().keys()
    for name, value in started.state_dict().items():
        assert torch.equal(value, trained.state_dict()[name]), name
    started.eval()
    image = torch.randn(1, 3, 64, 96)
    for found, wanted in zip(started(image), trained(image), strict=True):
        assert torch.equal(found, wanted)
    # torch alone reads it and misses nothing.
    state = torch.load(config.init_cfg.checkpoint, weights_only=True)
    trained.load_state_dict(state, strict=True)


HEAD = {'module.head.mlp.0.weight': torch.zeros(2, 2), 'module.head.last': torch.zeros(2)}


@pytest.mark.parametrize(
    ('content', 'options', 'said'),
    [
        (
            dict(teacher=light('module.backbone.', 1) | HEAD, student=light('module.backbone.')),
            ['--from', 'carp'],
            ["CARP: 318 of module.backbone. in 'teacher' kept",
             "dropped: 318 of module.backbone. in 'student', 2 of module.head. in 'teacher'"],
        ),
        (
            light(value=1) | {'fc.weight': torch.zeros(2, 2), 'fc.bias': torch.zeros(2)},
            [],
            ['torchvision or DINO: 318 of bare names kept', 'dropped: 2 of fc.\n'],
        ),
        (
            dict(net=light('m.trunk.', 1) | {'m.step': 3}),
            ['--from', 'carl'],
            ["CARL: 318 of m.trunk. in 'net' kept", 'dropped: no tensor\n',
             'besides, no tensors: net.m.step\n'],
        ),
    ],
    ids=['carp', 'torchvision', 'carl'],
)  # fmt: skip
def test_other_layouts(run, content, options, said):
    code, written, out = run(content, *options)
    assert code == 0, written.err
    assert all(each in written.out for each in said), written.out
    state = torch.load(out, weights_only=True)
    assert {name: tuple(tensor.shape) for name, tensor in state.items()} == resnet50_shapes()
    assert all((tensor == 1).all() for tensor in state.values())


def without(state: dict, *names: str) -> dict:
    return {name: value for name, value in state.items() if name not in names}


@pytest.mark.parametrize(
    ('content', 'options', 'message'),
    [
        (dict(model=light('module.encoder_k.')), [], 'no ResNet-50 is recognised; in the file, one'
         " is under module.encoder_k. in 'model'"),
        (without(light(), 'bn1.weight'), [], 'in.pth, bare names: no ResNet-50 as torchvision has '
         'it: of its 265 weights and statistics 1 are missing, e.g. bn1.weight'),
        ({'blocks.0.norm1.weight': torch.zeros(2)}, [], 'Names in it: 1 of blocks.'),
        (dict(epoch=3), [], 'Names in it: none'),
        (light(), ['--from', 'clove'], 'is not of the layout of CLoVE'),
        (dict(teacher=light(), args=argparse.Namespace(lr=1)), [], 'it needs argparse.Namespace. '
         'If you know where the file is from, give --trust-checkpoint'),
        ([torch.zeros(2)], [], 'it holds no parameters but a list'),
        ([torch.zeros(2)], ['--trust-checkpoint'], 'it holds no state dict but a list'),
    ],
)  # fmt: skip
def test_files_that_are_refused(run, content, options, message):
    code, written, out = run(content, *options)
    assert code == 2
    assert message in written.err and 'Traceback' not in written.err
    assert not out.exists()


def test_arguments_of_a_training_need_trust(run):
    content = dict(teacher=light('backbone.'), args=argparse.Namespace(lr=1), epoch=3)
    code, written, _ = run(content, '--trust-checkpoint', '--from', 'dino')
    assert code == 0 and 'besides, no tensors: args, epoch' in written.out


def test_nothing_is_replaced_unasked(tmp_path):
    file, out = tmp_path / 'in.pth', tmp_path / 'out.pth'
    torch.save(light(), file)
    out.write_text('precious')
    for overwrite in (False, True):
        with pytest.raises(ConfigError, match='is the checkpoint itself'):
            convert_backbone(str(file), tmp_path / '.' / 'in.pth', overwrite=overwrite)
    with pytest.raises(ConfigError, match=r'out\.pth is there already; --overwrite replaces it'):
        convert_backbone(str(file), out)
    assert out.read_text() == 'precious'
    convert_backbone(str(file), out, overwrite=True)
    assert torch.load(out, weights_only=True).keys() == resnet50_shapes().keys()


def test_where_nothing_can_be_written(tmp_path, small_disk):
    file = tmp_path / 'in.pth'
    torch.save(light(), file)
    with pytest.raises(ConfigError, match=r'--out .*: is a folder'):
        convert_backbone(str(file), tmp_path, overwrite=True)
    with pytest.raises(ConfigError, match=r'--out .*in\.pth: cannot be made'):
        convert_backbone(str(file), file / 'out.pth')
    # Three MiB, of which fifty are needed.
    with pytest.raises(DiskError, match=r'out\.pth: cannot be written \(No space left'):
        convert_backbone(str(file), small_disk / 'out.pth')
    assert list(small_disk.iterdir()) == []


def test_a_damaged_file(tmp_path):
    file = Path(tmp_path, 'in.pth')
    torch.save(light(), file)
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(CheckpointError, match='truncated or altered'):
        convert_backbone(str(file), tmp_path / 'out.pth')
    with pytest.raises(ConfigError, match='no checkpoint file'):
        convert_backbone(str(tmp_path / 'none.pth'), tmp_path / 'out.pth')
