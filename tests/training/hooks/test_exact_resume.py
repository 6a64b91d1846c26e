"""A resumed training, in one process; killed ones are in tests/tools/killed/test_kills.py."""

import os
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from states import assert_equal

from mmseg_ext.checkpoints.safe_loading import read_checkpoint
from mmseg_ext.training.runner import build_runner

TINY = Path(__file__).resolve().parents[2] / 'tools' / 'tiny_camvid.py'


@pytest.fixture
def tiny(tiny):
    tiny.default_hooks.checkpoint.interval = 2
    return tiny


def trained(config, work_dir, resume: str | None = None) -> dict:
    """Train, and give weights and optimizer of the end."""
    config.work_dir = str(work_dir)
    config.resume, config.load_from = resume is not None, resume
    build_runner(config).train()
    end = read_checkpoint(f'{work_dir}/iter_4.pth')
    return {key: end[key] for key in ('state_dict', 'optimizer', 'param_schedulers')}


def differ(first: dict, second: dict) -> bool:
    return any(
        not torch.equal(value, second['state_dict'][name])
        for name, value in first['state_dict'].items()
    )


@pytest.mark.parametrize('seed', [0, None])
def test_it_ends_where_the_unbroken_one_does(tiny, tmp_path, seed):
    """Also with a seed that was drawn, which only the checkpoint knows."""
    tiny.randomness = dict(seed=seed)
    whole = trained(tiny, tmp_path / 'whole')
    resumed = trained(tiny, tmp_path / 'resumed', f'{tmp_path}/whole/iter_2.pth')
    assert_equal(resumed, whole)


def test_the_seed_of_the_checkpoint_counts(tiny, tmp_path):
    whole = trained(tiny, tmp_path / 'whole')
    tiny.randomness = dict(seed=1)
    assert_equal(trained(tiny, tmp_path / 'a', f'{tmp_path}/whole/iter_2.pth'), whole)
    assert differ(trained(tiny, tmp_path / 'b'), whole)


class Validations(Hook):
    """Notes after which iterations there was a validation."""

    def __init__(self) -> None:
        self.seen: list[int] = []

    def after_val_epoch(self, runner, metrics=None):
        self.seen.append(runner.iter)


def test_the_validations_of_changing_intervals(tiny, tmp_path):
    """Every third iteration, and from the fourth on every second."""
    whole = Config.fromfile(TINY)
    for key in ('val_dataloader', 'val_evaluator', 'val_cfg'):
        tiny[key] = whole[key]
    tiny.default_hooks.checkpoint.update(interval=1, max_keep_ckpts=-1)
    tiny.train_cfg.update(max_iters=6, val_interval=3, dynamic_intervals=[(4, 2)])
    seen = []
    for resume in (None, 'iter_3.pth', 'iter_4.pth'):
        tiny.resume, tiny.load_from = bool(resume), resume and f'{tiny.work_dir}/{resume}'
        runner = build_runner(tiny)
        runner.register_hook(hook := Validations())
        runner.train()
        seen.append(hook.seen)
    assert seen == [[4, 6]] * 3


def test_a_scheduler_that_follows_the_validations(tiny, tmp_path):
    """A validation that is the best yet is in its checkpoint, and is not made up for."""
    whole = Config.fromfile(TINY)
    for key in ('val_dataloader', 'val_evaluator', 'val_cfg'):
        tiny[key] = whole[key]
    tiny.default_hooks.checkpoint.update(max_keep_ckpts=-1, save_best='IoU.Sky')
    tiny.train_cfg.update(max_iters=6, val_interval=2)
    # Nothing is ever better by 2, so every validation but the first lowers the rate.
    tiny.param_scheduler = [
        dict(
            type='ReduceOnPlateauLR',
            monitor='mIoU',
            rule='greater',
            factor=0.5,
            patience=0,
            threshold=2.0,
            threshold_rule='abs',
        )
    ]
    ends = []
    for resume in (None, f'{tmp_path}/whole/iter_2.pth'):
        tiny.work_dir = f'{tmp_path}/{"resumed" if resume else "whole"}'
        tiny.resume, tiny.load_from = resume is not None, resume
        build_runner(tiny).train()
        end = read_checkpoint(f'{tiny.work_dir}/iter_6.pth')
        ends.append({key: end[key] for key in ('state_dict', 'optimizer')})
    assert_equal(*ends)


@pytest.mark.slow
@pytest.mark.slow
@pytest.mark.parametrize('missing', ['hook', 'sampler'])
def test_without_the_hook_or_the_sampler_it_does_not(tiny, tmp_path, missing):
    if missing == 'hook':
        tiny.default_hooks.pop('exact_resume')
        # Without a worker the model's noise would go on from the seed of the last sample.
        tiny.train_dataloader.num_workers = 1
    else:
        tiny.train_dataloader.sampler.type = 'InfiniteSampler'
    whole = trained(tiny, tmp_path / 'whole')
    assert differ(trained(tiny, tmp_path / 'resumed', f'{tmp_path}/whole/iter_2.pth'), whole)


@pytest.mark.slow
def test_a_wrapped_data_set(tiny, tmp_path):
    """Two data sets put together, as a user's config might."""
    one = tiny.train_dataloader.dataset
    both = dict(type='ConcatDataset', datasets=[one, {**one, 'split': 'val'}])
    tiny.train_dataloader.dataset = dict(type='GuardedDataset', dataset=both)
    whole = trained(tiny, tmp_path / 'whole')
    assert_equal(trained(tiny, tmp_path / 'resumed', f'{tmp_path}/whole/iter_2.pth'), whole)


@pytest.mark.parametrize('deterministic', [True, False])
def test_what_cublas_asks_for(tiny, tmp_path, monkeypatch, deterministic):
    """Without it torch would end a deterministic training at its first product on a GPU."""
    monkeypatch.setenv('CUBLAS_WORKSPACE_CONFIG', 'of the shell')
    monkeypatch.delenv('CUBLAS_WORKSPACE_CONFIG')
    tiny.randomness = dict(seed=0, deterministic=deterministic)
    try:
        trained(tiny, tmp_path / 'work')
    finally:
        torch.use_deterministic_algorithms(False)
    assert os.environ.get('CUBLAS_WORKSPACE_CONFIG') == (':4096:8' if deterministic else None)
