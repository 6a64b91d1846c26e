"""Pretrained weights arrive in the model, or the training does not begin."""

import logging
from types import SimpleNamespace

import pytest
import torch
from mmseg.registry import MODELS

from mmseg_ext.checkpoints.loaders import guard_loaders
from mmseg_ext.common.errors import ConfigError
from mmseg_ext.training.pretrained import PretrainedHook
from mmseg_ext.training.training import train


def weights(config, prefix: str = '') -> dict[str, torch.Tensor]:
    backbone = MODELS.build(config.model.backbone)
    return {prefix + name: tensor for name, tensor in backbone.state_dict().items()}


def name_weights(config, content, tmp_path, **init_cfg) -> str:
    """Name pretrained weights in a config; gives the file."""
    path = str(tmp_path / 'pretrained.pth')
    torch.save(content, path)
    config.model.backbone.init_cfg = dict(type='Pretrained', checkpoint=path, **init_cfg)
    return path


class Said(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.text = ''

    def emit(self, record: logging.LogRecord) -> None:
        self.text += f'{record.levelname}: {record.getMessage()}\n'


def initialise(config) -> str:
    """Initialise the model as a training does; gives what was logged."""
    logger, said = logging.Logger('start'), Said()
    logger.addHandler(said)
    runner, hook = (
        SimpleNamespace(model=MODELS.build(config.model), logger=logger),
        PretrainedHook(),
    )
    hook.before_run(runner)
    runner.model.init_weights()
    hook.before_train(runner)
    return said.text


@pytest.mark.parametrize(
    ('stored', 'given'),
    [('', {}), ('module.', {}), ('backbone.', dict(prefix='backbone.')), ('b.', dict(prefix='b'))],
)
def test_weights_that_fit(tiny, tmp_path, stored, given):
    path = name_weights(tiny, dict(state_dict=weights(tiny, stored)), tmp_path, **given)
    total = sum(not name.endswith('num_batches_tracked') for name in weights(tiny))
    assert f'{total} of {total} parameters of model.backbone start as in {path}' in initialise(tiny)


@pytest.mark.parametrize(
    ('stored', 'given', 'message'),
    [
        ('net.', {}, r'model\.backbone: init_cfg loads nothing from .*pretrained\.pth: no name and '
         r'shape in it is of ResNet \(there net\.conv1\.weight, .*; here conv1\.weight'),
        ('', dict(prefix='backbone'), r"no parameter begins with the prefix 'backbone' of init_cfg;"
         r' the first are conv1\.weight'),
    ],
)  # fmt: skip
def test_nothing_fits(tiny, tmp_path, stored, given, message):
    name_weights(tiny, dict(state_dict=weights(tiny, stored)), tmp_path, **given)
    with pytest.raises(ConfigError, match=message):
        initialise(tiny)


def test_other_shapes_alone_are_nothing(tiny, tmp_path):
    content = {name: torch.cat([tensor] * 2) for name, tensor in weights(tiny).items()
               if tensor.ndim}  # fmt: skip
    name_weights(tiny, content, tmp_path)
    with pytest.raises(ConfigError, match='loads nothing'):
        initialise(tiny)


def test_what_is_missing_is_named(tiny, tmp_path):
    content = weights(tiny)
    del content['bn1.weight'], content['layer4.1.conv2.weight']
    content['conv1.weight'] = torch.zeros(8, 4, 7, 7)
    path = name_weights(tiny, content, tmp_path)
    said = initialise(tiny)
    assert said.startswith('WARNING: ')
    assert f'model.backbone start as in {path}, the others at random: 2 are missing, e.g.' in said
    assert 'e.g. bn1.weight, layer4.1.conv2.weight and 1 are of another shape' in said


@pytest.mark.parametrize('guarded', [False, True])
@pytest.mark.parametrize(
    ('spoil', 'message'),
    [
        (lambda weight: weight.to_sparse(), 'bn1.weight is sparse'),
        (lambda weight: weight.int(), 'bn1.weight is of int32 numbers'),
        (lambda weight: weight / 0, '8 of the 8 values of bn1.weight are NaN or infinite'),
    ],
)
def test_what_is_no_weight_is_named(tiny, tmp_path, unguarded, spoil, message, guarded):
    if guarded:
        guard_loaders()
    content = weights(tiny)
    content['bn1.weight'] = spoil(content['bn1.weight'])
    name_weights(tiny, content, tmp_path)
    with pytest.raises(ConfigError, match=rf'pretrained\.pth: {message}'):
        initialise(tiny)


def test_the_weights_of_a_whole_model(tiny, tmp_path):
    """Then the checkpoint of `load_from` arrives later, and does not count."""
    tiny.train_cfg.max_iters, tiny.default_hooks.checkpoint = 1, None
    tiny.load_from = str(tmp_path / 'whole.pth')
    torch.save(MODELS.build(tiny.model).state_dict(), tiny.load_from)
    name_weights(tiny, weights(tiny, 'x.'), tmp_path)
    with pytest.raises(ConfigError, match='loads nothing'):
        train(tiny)
    name_weights(tiny, weights(tiny), tmp_path)
    train(tiny)


def test_backbones_that_rename(tiny, tmp_path):
    """Swin takes its names with a `backbone.` before them, and from under `model`."""
    tiny.model.backbone = dict(
        type='SwinTransformer', embed_dims=8, depths=(1, 1, 1, 1), num_heads=(1, 1, 1, 1),
        window_size=2, pretrain_img_size=32,
    )  # fmt: skip
    path = name_weights(tiny, dict(model=weights(tiny, 'backbone.')), tmp_path)
    assert f'parameters of model.backbone start as in {path}\n' in initialise(tiny)
    # It loads by torch, which ends at another shape.
    tiny.model.backbone.embed_dims = 16
    with pytest.raises(ConfigError, match=r'do not fit: Error.*SwinTransformer(.|\n)*shape'):
        train(tiny)
