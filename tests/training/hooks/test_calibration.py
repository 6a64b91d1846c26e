"""A training that calibrates its last checkpoint, and says what both are worth."""

import re
from pathlib import Path

import pytest
import torch
from mmengine.config import Config

from mmseg_ext.checkpoints.safe_loading import read_checkpoint
from mmseg_ext.common.errors import ConfigError
from mmseg_ext.reports import read_evaluation
from mmseg_ext.training.hooks.calibration import CalibrationHook, asks_for_calibration
from mmseg_ext.training.reporting.report_hook import ReportHook
from mmseg_ext.training.training import train

TINY = Path(__file__).resolve().parents[2] / 'tools' / 'tiny_camvid.py'


@pytest.fixture
def tiny(tiny) -> Config:
    """With a validation; untrained and sure of itself, so that its probabilities can only gain."""
    whole = Config.fromfile(TINY)
    for key in ('val_dataloader', 'val_evaluator', 'val_cfg'):
        tiny[key] = whole[key]
    tiny.optim_wrapper.optimizer.lr = 0.0
    tiny.model.decode_head.init_cfg = dict(type='Normal', std=5, override=dict(name='conv_seg'))
    tiny.log_level = 'INFO'
    return tiny


def test_the_last_checkpoint_is_calibrated_and_both_are_evaluated(tiny):
    folder = Path(tiny.work_dir)
    hook = CalibrationHook(objective='nll')
    assert hook.summary().startswith('not calibrated: the training did not reach its end')
    train(tiny, [ReportHook(folder / 'report'), hook])
    calibrated = folder / 'iter_4_calibrated.pth'
    stored, last = (read_checkpoint(str(path)) for path in (calibrated, folder / 'iter_4.pth'))
    meta = stored['meta']['calibration']
    assert meta['checkpoint'] == str(folder / 'iter_4.pth') and meta['frames'] == 4
    name = 'decode_head.conv_seg.bias'
    torch.testing.assert_close(
        stored['state_dict'][name], last['state_dict'][name] + torch.tensor(meta['added'])
    )
    before, after = (
        read_evaluation(folder / name / 'report.json') for name in ('report', 'report-calibrated')
    )
    assert before.metadata['checkpoint'] == str(folder / 'iter_4.pth')
    assert after.metadata['checkpoint'] == str(calibrated)
    assert after.images == before.images
    assert (folder / 'report-calibrated' / 'report.html').is_file()
    assert hook.summary().splitlines() == [
        f'calibrated checkpoint: {calibrated}',
        f'calibrated report: {folder}/report-calibrated/report.html',
        f'as trained and calibrated side by side: mmseg-debias report show {folder}',
    ]
    log = next(folder.glob('*/*.log')).read_text()
    (line,) = (line for line in log.splitlines() if 'val: as trained' in line)
    for words, evaluation in zip(line.split(';'), (before, after), strict=True):
        assert f'mIoU {100 * evaluation.scores.mean_iou:.2f}' in words
    means = [f'{100 * each.scores.mean_iou:.1f}' for each in (before, after)]
    assert re.search(rf'\| mean[^|]*\| +{means[0]} \| +{means[1]} \|', log)
    assert 'only 4 image(s) were evaluated' in log
    # The validation's own, at the second and the fourth iteration; those of the calibration not.
    assert log.count('| Precision |') == 2
    assert 'classes that pay' in log or 'no class pays' in log
    assert 'calibrate.md says what stages, scale, bias and classes that pay are' in log
    # The training's own are as they were, and it goes on from its last checkpoint.
    assert (folder / 'last_checkpoint').read_text() == str(folder / 'iter_4.pth')


def test_paths_are_told_as_the_work_dir_was_given(tiny, monkeypatch):
    monkeypatch.chdir(Path(tiny.work_dir).parent)
    tiny.work_dir = 'here'
    hook = CalibrationHook(objective='nll')
    train(tiny, [hook])
    assert hook.summary().splitlines() == [
        'calibrated checkpoint: here/iter_4_calibrated.pth',
        'calibrated report: here/report-calibrated/report.html',
        'as trained and calibrated side by side: mmseg-debias report show here',
    ]


def test_a_config_may_ask_for_it_and_then_says_how(tiny):
    assert not asks_for_calibration(tiny)
    tiny.custom_hooks = [dict(type='CalibrationHook', objective='nll', frames=3)]
    assert asks_for_calibration(tiny)
    for part in ('dataloader', 'evaluator', 'cfg'):
        tiny[f'test_{part}'] = tiny.pop(f'val_{part}')
    tiny.test_cfg.type = 'TestLoop'
    train(tiny)
    folder = Path(tiny.work_dir)
    meta = read_checkpoint(str(folder / 'iter_4_calibrated.pth'))['meta']['calibration']
    assert meta['objective'] == 'nll' and meta['frames'] == 3 and meta['stage'] == 1
    assert not (folder / 'report-calibrated').exists()


def test_nothing_is_written_where_no_gain_is_shown(tiny):
    """A model that decides for one class everywhere, all being about equally frequent."""
    hook = CalibrationHook()
    tiny.model.decode_head.init_cfg = dict(
        type='Constant', val=0, bias=0, override=dict(name='conv_seg')
    )
    train(tiny, [hook])
    assert hook.summary() == 'not calibrated: no gain of mIoU is shown'
    folder = Path(tiny.work_dir)
    assert not list(folder.glob('*_calibrated.pth'))
    assert not (folder / 'report-calibrated').exists()


def test_frames_that_cannot_be_fitted_on_are_refused_before_the_training(tiny):
    tiny.test_dataloader, tiny.test_evaluator = tiny.val_dataloader, tiny.val_evaluator
    tiny.test_cfg = dict(type='TestLoop')
    with pytest.raises(ConfigError, match='4 of the 4 frames to fit on are in test_dataloader'):
        train(tiny, [CalibrationHook(split='val')])
    for part in ('dataloader', 'evaluator', 'cfg'):
        tiny.pop(f'val_{part}')
        tiny.pop(f'test_{part}')
    with pytest.raises(ConfigError, match='whose pipeline loads labels, to take frames through'):
        train(tiny, [CalibrationHook()])
    assert not list(Path(tiny.work_dir).glob('*.pth'))


def test_a_model_that_cannot_be_calibrated_is_refused_before_it_is_trained(tiny):
    tiny.model.decode_head = dict(
        type='SegmenterMaskTransformerHead', in_channels=64, in_index=3, channels=8,
        num_classes=11, num_layers=1, num_heads=2, embed_dims=8, dropout_ratio=0.0,
        norm_cfg=dict(type='LN'), loss_decode=dict(type='CrossEntropyLoss'),
    )  # fmt: skip
    with pytest.raises(ConfigError, match='the 1x1 convolution `conv_seg`'):
        train(tiny, [CalibrationHook()])
    assert not list(Path(tiny.work_dir).glob('*.pth'))


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (dict(split='test'), '--split test: a model that was calibrated'),
        (dict(frames=0), 'frames=0: give a whole number from 1'),
        (dict(objective='IoU'), "objective='IoU': give one of mIoU, tail_mIoU, mAcc, nll"),
    ],
)
def test_arguments_are_checked(arguments, message):
    with pytest.raises(ConfigError, match=message):
        CalibrationHook(**arguments)
