"""The layout changes; what is learned and what is saved do not."""

from copy import deepcopy

import pytest
import torch
from mmengine.model import MMDistributedDataParallel

from mmseg_ext.checkpoints.safe_loading import read_checkpoint
from mmseg_ext.common.errors import ConfigError
from mmseg_ext.training.launch import launched
from mmseg_ext.training.runner import build_runner


def trained(config, work_dir, hooks):
    config.work_dir = str(work_dir)
    config.custom_hooks = hooks
    runner = build_runner(config)
    runner.train()
    return runner, read_checkpoint(f'{work_dir}/iter_4.pth')['state_dict']


def test_weights_are_laid_out_channels_last_and_mean_the_same(tiny, tmp_path):
    plain_runner, plain = trained(tiny, tmp_path / 'plain', [])
    runner, weights = trained(tiny, tmp_path / 'last', [dict(type='ChannelsLastHook')])
    name, kernel = next(
        (name, value)
        for name, value in runner.model.named_parameters()
        if value.ndim == 4 and value.shape[1] > 1 and value.shape[2] > 1
    )
    other = dict(plain_runner.model.named_parameters())[name]
    assert kernel.is_contiguous(memory_format=torch.channels_last)
    assert other.is_contiguous() and not other.is_contiguous(memory_format=torch.channels_last)
    assert weights.keys() == plain.keys()
    images = torch.rand(2, 3, 48, 64, generator=torch.Generator().manual_seed(0))
    outputs = []
    for each in (plain_runner.model, runner.model):
        each.load_state_dict(plain)
        outputs.append(each.eval()(images))
    torch.testing.assert_close(outputs[1], outputs[0], rtol=1e-4, atol=1e-5)


def test_a_resumed_training_ends_where_the_unbroken_one_does(tiny, tmp_path):
    tiny.default_hooks.checkpoint.interval = 2
    _, whole = trained(tiny, tmp_path / 'whole', [dict(type='ChannelsLastHook')])
    tiny.resume, tiny.load_from = True, f'{tmp_path}/whole/iter_2.pth'
    _, resumed = trained(tiny, tmp_path / 'resumed', [dict(type='ChannelsLastHook')])
    assert all(torch.equal(value, resumed[key]) for key, value in whole.items())


@pytest.mark.skipif(torch.cuda.is_available(), reason='about machines without a GPU')
@pytest.mark.parametrize('find_unused_parameters', [False, True])
def test_a_wrapped_model_learns_the_same(tiny, tmp_path, monkeypatch, find_unused_parameters):
    """A wrapper sends gradients in the layout of the weights that it was made with."""
    _, plain = trained(deepcopy(tiny), tmp_path / 'plain', [dict(type='ChannelsLastHook')])
    variables = dict(RANK=0, WORLD_SIZE=1, MASTER_ADDR='127.0.0.1', MASTER_PORT=0, LOCAL_RANK=0)
    for name, value in variables.items():
        monkeypatch.setenv(name, str(value))
    tiny.find_unused_parameters = find_unused_parameters
    # mmengine's visualizers and loggers are shared by name.
    tiny.experiment_name += '_wrapped'
    with launched(tiny, 'pytorch'):
        runner, wrapped = trained(tiny, tmp_path / 'wrapped', [dict(type='ChannelsLastHook')])
        assert isinstance(runner.model, MMDistributedDataParallel)
        del runner
    for name, value in plain.items():
        torch.testing.assert_close(wrapped[name], value, rtol=1e-5, atol=1e-6)


def test_another_wrapper_is_refused(tiny):
    tiny.custom_hooks = [dict(type='ChannelsLastHook')]
    runner = build_runner(tiny)
    runner.model = torch.nn.DataParallel(runner.model)
    with pytest.raises(ConfigError, match='ChannelsLastHook cannot change a model in DataParallel'):
        runner.call_hook('before_run')
