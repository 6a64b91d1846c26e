"""Where in a training a signal comes: sent by a hook to this very process, at a known moment."""

import os
import signal
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from states import assert_equal

from mmseg_ext.checkpoints.safe_loading import read_checkpoint
from mmseg_ext.training.reporting.report_hook import ReportHook
from mmseg_ext.training.resuming.stop_signals import Stopped
from mmseg_ext.training.training import train

TINY = Path(__file__).resolve().parents[2] / 'tools' / 'tiny_camvid.py'


class Sender(Hook):
    """Sends this process a signal at the first call of a hook's method at an iteration."""

    def __init__(self, where: str, iteration: int = 0, number: int = signal.SIGTERM) -> None:
        self.sent, self.validations = False, []

        def send(runner, *arguments, **keywords):
            if not self.sent and runner.iter >= iteration:
                self.sent = True
                os.kill(os.getpid(), number)

        setattr(self, where, send)

    def before_val_epoch(self, runner):
        self.validations.append(runner.iter)


@pytest.fixture
def tiny(tiny):
    """Four iterations, a regular checkpoint after the last alone."""
    tiny.default_hooks.checkpoint.update(interval=4, max_keep_ckpts=-1)
    return tiny


@pytest.fixture
def validated(tiny):
    """The same with a validation after the second and the fourth."""
    whole = Config.fromfile(TINY)
    for key in ('val_dataloader', 'val_evaluator', 'val_cfg'):
        tiny[key] = whole[key]
    return tiny


def finished(config: Config, folder: Path, *hooks: Hook, resume: bool = False) -> dict:
    """Train to the end; gives what the last checkpoint holds of weights and optimizer."""
    config.work_dir, config.resume = str(folder), resume
    config.load_from = (folder / 'last_checkpoint').read_text() if resume else None
    train(config, hooks)
    end = read_checkpoint(str(folder / 'iter_4.pth'))
    return {key: end[key] for key in ('state_dict', 'optimizer', 'param_schedulers')}


def stopped(config: Config, folder: Path, *hooks: Hook, code: int = 143) -> str:
    """Train until a signal ends it; gives the message."""
    config.work_dir = str(folder)
    with pytest.raises(Stopped) as ended:
        train(config, hooks)
    assert ended.value.code == code
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    return ended.value.message


def checkpoints(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob('*.pth'))


def test_before_the_first_iteration(tiny, tmp_path):
    message = stopped(tiny, tmp_path / 'a', Sender('before_train'))
    assert message == (
        'stopped by SIGTERM: nothing was trained since the start; the same command begins it again'
    )
    assert not checkpoints(tmp_path / 'a')


@pytest.mark.parametrize('where', ['before_train_iter', 'after_train_iter'])
def test_in_an_iteration(tiny, tmp_path, where):
    whole = finished(tiny, tmp_path / 'whole')
    report = ReportHook(tmp_path / 'report')
    message = stopped(tiny, tmp_path / 'a', Sender(where, 1), report)
    assert message.startswith(f'stopped by SIGTERM: iteration 2 of 4 is in {tmp_path}/a/iter_2.pth')
    assert checkpoints(tmp_path / 'a') == ['iter_2.pth']
    assert_equal(finished(tiny, tmp_path / 'a', resume=True), whole)


def test_where_the_regular_checkpoint_is_due_it_is_written_once(tiny, tmp_path):
    tiny.default_hooks.checkpoint.interval = 2
    message = stopped(tiny, tmp_path / 'a', Sender('before_save_checkpoint'))
    assert 'iteration 2 of 4' in message
    assert checkpoints(tmp_path / 'a') == ['iter_2.pth']


def test_ctrl_c_saves_and_says_how_to_go_on(tiny, tmp_path, heeded_interrupts, capfd):
    folder = tmp_path / 'a'
    first = Sender('before_train_iter', 1, signal.SIGINT)
    assert stopped(tiny, folder, first, code=130) == (
        f'interrupted: iteration 2 of 4 is in {folder}/iter_2.pth; the same command with --resume '
        'goes on from it'
    )
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert 'another Ctrl-C ends it at once' in capfd.readouterr().err
    assert checkpoints(folder) == ['iter_2.pth']


@pytest.mark.parametrize(
    ('interval', 'kept', 'said'),
    [
        (4, [], 'nothing is saved yet'),
        (2, ['iter_2.pth'], '{}/iter_2.pth is saved; the same command with --res'),
    ],
)
def test_a_second_ctrl_c_ends_at_once(tiny, tmp_path, heeded_interrupts, interval, kept, said):
    tiny.default_hooks.checkpoint.interval = interval
    twice = (Sender('before_train_iter', 2, signal.SIGINT) for _ in range(2))
    message = stopped(tiny, tmp_path / 'a', *twice, code=130)
    assert message.startswith(f'interrupted: {said.format(tmp_path / "a")}')
    assert checkpoints(tmp_path / 'a') == kept


def test_ctrl_c_behind_the_last_iteration_ends_at_once(tiny, tmp_path, heeded_interrupts):
    """Where a calibration may take its time; a scheduler's signal lets it finish."""
    message = stopped(tiny, tmp_path / 'a', Sender('after_train', 4, signal.SIGINT), code=130)
    assert message.startswith(f'interrupted: {tmp_path}/a/iter_4.pth is saved; the same command')


@pytest.mark.parametrize('averaged', [False, True])
def test_in_a_validation(validated, tmp_path, averaged):
    """The resumed training begins with it; averaged weights, which it is of, are not saved."""
    if averaged:
        validated.custom_hooks = [dict(type='EMAHook')]
    every = Sender('nowhere')
    whole = finished(validated, tmp_path / 'whole', every)
    assert every.validations == [2, 4]
    first = Sender('after_val_iter')
    assert 'iteration 2 of 4' in stopped(validated, tmp_path / 'a', first)
    assert first.validations == [2]
    weights = read_checkpoint(str(tmp_path / 'a' / 'iter_2.pth'))
    assert ('ema_state_dict' in weights) is averaged
    again = Sender('nowhere')
    assert_equal(finished(validated, tmp_path / 'a', again, resume=True), whole)
    assert again.validations == [2, 4]


def test_in_the_validation_that_a_resume_makes_up_for(validated, tmp_path):
    stopped(validated, tmp_path / 'a', Sender('after_val_iter'))
    validated.resume, validated.load_from = True, f'{tmp_path}/a/iter_2.pth'
    assert 'nothing was trained since' in stopped(
        validated, tmp_path / 'a', Sender('after_val_iter')
    )
    assert checkpoints(tmp_path / 'a') == ['iter_2.pth']


def test_in_the_last_validation_and_after_it(validated, tmp_path):
    message = stopped(validated, tmp_path / 'a', Sender('after_val_iter', 4))
    assert 'iteration 4 of 4' in message
    # All is trained, and the report is being written.
    finished(validated, tmp_path / 'b', Sender('after_train'))


def test_gradients_are_not_left_half_summed(tiny, tmp_path):
    tiny.optim_wrapper.accumulative_counts = 2
    whole = finished(tiny, tmp_path / 'whole')
    assert 'iteration 2 of 4' in stopped(tiny, tmp_path / 'a', Sender('after_train_iter'))
    assert_equal(finished(tiny, tmp_path / 'a', resume=True), whole)


def test_what_cannot_be_saved_is_said(tiny, tmp_path):
    tiny.train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=3)
    tiny.train_dataloader.sampler.type = 'DefaultSampler'
    tiny.default_hooks.checkpoint.by_epoch = True
    tiny.default_hooks.checkpoint.interval = 1
    message = stopped(tiny, tmp_path / 'a', Sender('before_train_iter', 3))
    assert f'--resume goes on from the last checkpoint in {tmp_path}/a' in message
    assert checkpoints(tmp_path / 'a') == ['epoch_1.pth']


def test_without_a_checkpoint_hook(tiny, tmp_path):
    tiny.default_hooks.checkpoint = None
    message = stopped(tiny, tmp_path / 'a', Sender('after_train_iter'))
    assert message.endswith('nothing is saved, as the config has no checkpoint hook')


def test_a_recovery_does_not_forget_it(tiny, tmp_path):
    """The loss is infinite at the very iteration at which the signal comes."""
    tiny.default_hooks.checkpoint.interval = 1
    tiny.default_hooks.non_finite.recoveries = 1

    class Spoil(Sender):
        def before_train_iter(self, runner, batch_idx, data_batch=None):
            if runner.iter == 2:
                os.kill(os.getpid(), signal.SIGTERM)
                with torch.no_grad():
                    runner.model.decode_head.conv_seg.weight.fill_(float('nan'))

    assert '--resume goes on' in stopped(tiny, tmp_path / 'a', Spoil('nowhere'))
    assert checkpoints(tmp_path / 'a') == ['iter_1.pth', 'iter_2.pth']
