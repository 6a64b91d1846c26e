# ruff: noqa: NPY002 - transforms use the global generator
"""After the check everything is as it was; a training with it ends bit-equal to one without."""

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.logging import MessageHub
from states import assert_equal

from mmseg_ext.checkpoints.safe_loading import read_checkpoint
from mmseg_ext.training.before_start.one_batch.dry_run import check_one_batch
from mmseg_ext.training.before_start.one_batch.undisturbed import undisturbed
from mmseg_ext.training.runner import build_runner
from mmseg_ext.training.training import train


class Restless(torch.nn.Module):
    """Changes every kind of state in its forward pass."""

    def __init__(self):
        super().__init__()
        self.norm = torch.nn.BatchNorm2d(2)
        self.register_buffer('replaced', torch.zeros(2))
        self.register_buffer('changed', torch.zeros(2))

    def forward(self, images):
        self.replaced = self.replaced + 1
        self.changed += torch.rand(2)
        MessageHub.get_current_instance().update_scalar('train/scalar', random.random())
        MessageHub.get_current_instance().update_info('info', np.random.rand())
        return self.norm(images)


def random_draws() -> list[float]:
    return [random.random(), np.random.rand(), torch.rand(()).item()]


def test_every_state_is_given_back():
    hub = MessageHub.get_instance('test_undisturbed')
    hub.update_scalar('train/scalar', 1.0)
    hub.update_info('info', 2.0)
    model = Restless()
    model.norm.eval()
    before = {name: (value, value.clone()) for name, value in model.named_buffers()}
    states = random.getstate(), np.random.get_state(), torch.get_rng_state()
    expected = random_draws()
    random.setstate(states[0])
    np.random.set_state(states[1])
    torch.set_rng_state(states[2])
    with pytest.raises(KeyError), undisturbed(model):
        model.train()
        assert not model(torch.rand(2, 2, 3, 3, requires_grad=True)).requires_grad
        assert model.norm.num_batches_tracked == 1
        raise KeyError
    assert random_draws() == expected
    assert model.training and not model.norm.training
    for name, buffer in model.named_buffers():
        assert buffer is before[name][0] and torch.equal(buffer, before[name][1])
    assert list(hub.get_scalar('train/scalar').data[0]) == [1.0]
    assert hub.runtime_info['info'] == 2.0
    assert torch.is_grad_enabled()


SAMPLERS = {
    'seeded': dict(type='SeededInfiniteSampler'),
    'infinite': dict(type='InfiniteSampler'),
    'epochs': dict(type='DefaultSampler', shuffle=True),
}


def trained(config, work_dir: Path, checked: bool) -> dict:
    config.work_dir = str(work_dir)
    if checked:
        train(config)
    else:
        build_runner(config).train()
    return read_checkpoint(str(work_dir / 'iter_4.pth'))


@pytest.fixture
def restless(validated):
    """A training with running statistics, dropout, learned weights of losses and augmentation."""
    head = validated.model.decode_head
    head.update(type='ClassSuppressionHead', head_type='FCNHead', suppression=dict(weight=1.0))
    head.loss_decode = dict(type='UncertaintyWeightedLoss', loss=head.loss_decode)
    pipeline = validated.train_dataloader.dataset.pipeline
    noise = [dict(type='GaussNoise', p=0.5), dict(type='RandomFog', p=0.5)]
    pipeline[3:3] = [
        dict(type='PhotoMetricDistortion'),
        dict(type='Albumentations', transforms=noise),
    ]
    validated.train_cfg.val_interval = 4
    return validated


@pytest.mark.slow
@pytest.mark.methods('debias', 'boundary')
@pytest.mark.parametrize('sampler', SAMPLERS)
def test_a_training_ends_as_without_the_check(restless, tmp_path, sampler):
    restless.train_dataloader.sampler = SAMPLERS[sampler]
    if sampler != 'seeded':
        # Without it, the noise follows from all that was drawn before.
        restless.default_hooks.pop('exact_resume')
    ends = [trained(restless, tmp_path / str(checked), checked) for checked in (True, False)]
    for key in ('state_dict', 'optimizer', 'param_schedulers'):
        assert_equal(ends[0][key], ends[1][key])
    logs = [end['message_hub']['log_scalars'] for end in ends]
    assert list(logs[0]) == list(logs[1])
    for name, history in logs[0].items():
        if 'time' not in name:
            np.testing.assert_array_equal(history.data, logs[1][name].data)


@pytest.mark.methods('debias', 'boundary')
def test_a_resumed_training_is_checked_and_ends_as_the_unbroken_one(restless, tmp_path):
    restless.default_hooks.checkpoint.max_keep_ckpts = 4
    unbroken = trained(restless, tmp_path / 'unbroken', checked=False)
    restless.load_from = str(tmp_path / 'unbroken' / 'iter_2.pth')
    restless.resume = True
    resumed = trained(restless, tmp_path / 'resumed', checked=True)
    for key in ('state_dict', 'optimizer', 'param_schedulers'):
        assert_equal(resumed[key], unbroken[key])


def test_no_worker_is_started(validated, parts_of):
    validated.train_dataloader.num_workers = 2
    validated.train_dataloader.persistent_workers = True
    runner = parts_of(validated)
    check_one_batch(runner)
    assert runner.train_loop.dataloader._iterator is None
