"""Which checkpoint the report of a training names, and which evaluation it is of."""

import shutil
from pathlib import Path

import pytest
from mmengine.config import Config

from mmseg_ext.reports.runs import read_run
from mmseg_ext.training.reporting.report_hook import ReportHook
from mmseg_ext.training.training import train

TINY = Path(__file__).resolve().parents[2] / 'tools' / 'tiny_camvid.py'


@pytest.fixture
def tiny(tiny) -> Config:
    """With a validation, every second iteration of four."""
    whole = Config.fromfile(TINY)
    for key in ('val_dataloader', 'val_evaluator', 'val_cfg'):
        tiny[key] = whole[key]
    tiny.default_hooks.checkpoint.interval = 2
    return tiny


def reported_checkpoint(config, hook: ReportHook | None = None) -> str | None:
    hook = hook or ReportHook(Path(config.work_dir) / 'report')
    train(config, [hook])
    _, evaluation = read_run(str(hook.folder))
    assert (evaluation.metadata['checkpoint_sha256'] is None) == (
        evaluation.metadata['checkpoint'] is None
    )
    return evaluation.metadata['checkpoint']


def test_the_checkpoint_that_was_evaluated_also_in_a_copied_folder(tiny, tmp_path):
    folder = tiny.work_dir
    assert reported_checkpoint(tiny) == f'{folder}/iter_4.pth'
    copy = shutil.copytree(folder, tmp_path / 'copy')
    tiny.work_dir, tiny.resume, tiny.load_from = str(copy), True, f'{copy}/iter_4.pth'
    assert reported_checkpoint(tiny) == f'{copy}/iter_4.pth'


def test_none_where_the_evaluated_weights_were_not_saved(tiny):
    tiny.default_hooks.checkpoint.update(interval=3, save_last=False)
    assert reported_checkpoint(tiny) is None


def test_an_evaluation_from_before_a_recovery_is_not_reported(tiny):
    hook = ReportHook(Path(tiny.work_dir) / 'report')
    assert reported_checkpoint(tiny, hook)
    assert hook.summary() == f'report: {hook.folder}/report.html'
    tiny.train_cfg.val_begin = 100
    train(tiny, [hook])
    assert hook.summary().endswith(
        'report.html, of an earlier evaluation; nothing was evaluated now'
    )
