"""What a run shows on screen, and that its log file keeps the rest."""

from pathlib import Path

import pytest

from mmseg_ext.training.screen import QuietRunner, short_iteration

LINE = (
    'Iter(train) [ 20/60]  lr: 4.0000e-03  eta: 0:00:55  time: 1.2440  data_time: 0.0305  '
    'memory: 120  loss: 2.0896  decode.loss_ce: 1.5617  decode.suppressed.loss_ce: 0.5236  '
    'decode.tau: 0.3167  decode.acc_seg: 69.6295'
)


def test_a_line_of_a_training_has_its_losses():
    assert short_iteration(LINE) == (
        '20/60  loss 2.0896 (decode.loss_ce 1.5617, decode.suppressed.loss_ce 0.5236)  '
        'lr 4.0000e-03  0:00:55 left'
    )


@pytest.mark.parametrize(
    ('line', 'short'),
    [
        ('Iter(train) [5/9]  loss: 2.0  decode.loss_ce: 2.0', '5/9  loss 2.0'),
        ('Epoch(train)  [1][20/60]  lr: 0.1  loss: 1.0', '1  20/60  loss 1.0  lr 0.1'),
        ('Iter(train) [5/9]  time: 2.0', 'Iter(train) [5/9]  time: 2.0'),
    ],
)
def test_other_lines(line, short):
    assert short_iteration(line) == short


def log_of(runner) -> str:
    (log,) = Path(runner.log_dir).glob('*.log')
    return log.read_text()


def test_the_screen_leaves_out_what_the_file_keeps(tiny, capsys):
    tiny.log_level = 'INFO'
    runner = QuietRunner.from_cfg(tiny)
    runner.logger.warning('The prefix is not set in metric class PerClassIoU.')
    runner.logger.warning('look here')
    runner.logger.info('Iter(val) [1/2]    eta: 0:00:15  time: 0.3681  data_time: 0.0123')
    runner.logger.info(
        'Iter(val) [2/2]    mIoU: 33.6  tail_mIoU: 2.0  IoU/Road: 9.0  IoU/traffic light: 1.0  '
        'mTrimapIoU_0.5pc: 3.0  TrimapIoU_0.5pc/Road: 1.0  edge/F: 4.0  time: 0.3'
    )
    shown = capsys.readouterr().out
    assert shown == (
        'warning: look here\nval: mIoU 33.6  tail_mIoU 2.0  mTrimapIoU_0.5pc 3.0  edge/F 4.0\n'
    )
    kept = log_of(runner)
    for text in ('Config:', 'Hooks will be executed', 'The prefix is not set', 'mIoU: 33.6'):
        assert text in kept


def test_a_default_of_mmseg_is_no_warning(tiny, recwarn):
    tiny.default_hooks.visualization = dict(type='SegVisualizationHook')
    QuietRunner.from_cfg(tiny)
    assert not [each for each in recwarn if 'The draw is False' in str(each.message)]


def test_the_settings_of_each_parameter_are_in_the_file_alone(tiny, capsys):
    tiny.log_level = 'INFO'
    tiny.optim_wrapper.paramwise_cfg = dict(custom_keys=dict(backbone=dict(lr_mult=0.5)))
    runner = QuietRunner.from_cfg(tiny)
    capsys.readouterr()
    runner.build_optim_wrapper(tiny.optim_wrapper)
    assert capsys.readouterr().out == ''
    rate = tiny.optim_wrapper.optimizer.lr / 2
    assert f'paramwise_options -- backbone.conv1.weight:lr={rate}' in log_of(runner)
