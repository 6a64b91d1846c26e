"""Validations are logged at their iteration, whatever the config's logger counts."""

import json
from pathlib import Path

import pytest
from mmengine.config import Config
from mmengine.hooks import LoggerHook

from mmseg_ext.training.before_start.hooks_by_epoch import mind_hooks_by_epoch
from mmseg_ext.training.reporting.training_curves import training_curves
from mmseg_ext.training.runner import build_runner
from mmseg_ext.training.training import train

TINY = Path(__file__).resolve().parents[2] / 'tools' / 'tiny_camvid.py'


@pytest.fixture
def validating(tiny):
    whole = Config.fromfile(TINY)
    for key in ('val_dataloader', 'val_evaluator', 'val_cfg'):
        tiny[key] = whole[key]
    return tiny


def test_the_report_has_the_curve_of_the_validations(validating):
    validating.default_hooks.logger = dict(type='LoggerHook', interval=1)
    train(validating)
    curve = training_curves(Path(validating.work_dir))['mIoU']
    assert [step for step, _ in curve] == [2, 4]
    (file,) = Path(validating.work_dir).glob('*/vis_data/scalars.json')
    assert all(json.loads(line)['step'] for line in file.read_text().splitlines())
    (log,) = Path(validating.work_dir).glob('*/*.log')
    assert 'last_validation' not in log.read_text()


@pytest.mark.parametrize('by_epoch', [True, False])
def test_checkpoints_that_count_epochs_where_there_are_none(tiny, by_epoch):
    tiny.default_hooks.checkpoint.by_epoch = by_epoch
    runner = build_runner(tiny)
    warned = []
    runner.logger.warning = warned.append
    mind_hooks_by_epoch(runner)
    assert ['the only checkpoint is that of the end' in text for text in warned] == [
        True
    ] * by_epoch


def test_a_loop_by_epochs_is_left_alone(tiny):
    tiny.train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=1)
    tiny.train_dataloader.sampler.type = 'DefaultSampler'
    tiny.param_scheduler = None
    tiny.default_hooks.logger.log_metric_by_epoch = True
    runner = build_runner(tiny)
    mind_hooks_by_epoch(runner)
    (logger,) = (hook for hook in runner.hooks if isinstance(hook, LoggerHook))
    assert logger.log_metric_by_epoch
