import pytest
import torch
from torch import nn

from mmseg_ext.checkpoints.checkpoint import check_checkpoint, require_file
from mmseg_ext.common.errors import CheckpointError, ConfigError


def network(channels: int = 2) -> nn.Module:
    return nn.ModuleDict(
        dict(
            backbone=nn.Sequential(nn.Conv2d(1, channels, 1), nn.BatchNorm2d(channels)),
            decode_head=nn.Conv2d(channels, 3, 1),
            auxiliary_head=nn.Conv2d(channels, 3, 1),
        )
    )


@pytest.fixture
def path(tmp_path) -> str:
    return str(tmp_path / 'checkpoint.pth')


@pytest.mark.parametrize('prefix', ['', 'module.'])
def test_checkpoint_of_the_model(path, prefix, warned):
    state = {prefix + name: tensor for name, tensor in network().state_dict().items()}
    state[f'{prefix}auxiliary_head.of_the_training'] = torch.zeros(1)
    torch.save(dict(state_dict=state, meta={}), path)
    check_checkpoint(network(), path)
    assert not warned


def test_parameters_without_a_place_are_named(path, warned):
    state = network().state_dict()
    state['decode_head.feature_selection.weight'] = torch.zeros(1)
    torch.save(state, path)
    check_checkpoint(network(), path)
    (said,) = warned
    assert 'holds 1 parameter(s) that this model has no place for, e.g. decode_head.fea' in said


def test_parameters_of_the_training_loss_may_be_missing(path):
    state = network().state_dict()
    for name in [name for name in state if name.startswith('auxiliary_head')]:
        del state[name]
    del state['backbone.1.num_batches_tracked']
    torch.save(state, path)
    check_checkpoint(network(), path)


def test_missing_parameters_are_counted_and_named(path):
    state = network().state_dict()
    del state['decode_head.bias'], state['backbone.1.running_mean']
    torch.save(dict(state_dict=state), path)
    with pytest.raises(
        ConfigError,
        match=r'8 parameters that inference needs, 2 are missing, e\.g\. '
        r'backbone\.1\.running_mean, decode_head\.bias',
    ):
        check_checkpoint(network(), path)


def test_other_shapes(path):
    torch.save(dict(state_dict=network(4).state_dict()), path)
    with pytest.raises(ConfigError, match=r'backbone\.0\.weight \(4, 1, 1, 1\) instead of \(2, 1'):
        check_checkpoint(network(), path)


@pytest.mark.parametrize('content', [[1, 2], dict(state_dict={}), dict(a=1)])
def test_a_file_without_parameters(path, content):
    torch.save(content, path)
    with pytest.raises(ConfigError, match='holds no parameters'):
        check_checkpoint(network(), path)


@pytest.mark.parametrize(
    ('content', 'message'),
    [(b'', r'empty \(0 bytes\)'), (b'not a checkpoint', 'not a readable checkpoint')],
)
def test_not_a_checkpoint(tmp_path, content, message):
    file = tmp_path / 'x.pth'
    file.write_bytes(content)
    with pytest.raises(CheckpointError, match=message):
        check_checkpoint(network(), str(file))


def test_require_file(tmp_path):
    require_file('https://example.org/x.pth')
    with pytest.raises(ConfigError, match=r'no checkpoint file .*x\.pth'):
        require_file(str(tmp_path / 'x.pth'))
