"""The layout changes; what is learned and what is saved do not."""

import torch

from mmseg_ext.engine.runner import build_runner
from mmseg_ext.engine.safe_loading import read_checkpoint


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
