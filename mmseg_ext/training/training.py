"""A whole training, with the recoveries that its config allows."""

import signal
import sys
from collections.abc import Collection, Sequence
from pathlib import Path

from mmengine.config import Config
from mmengine.dist import barrier
from mmengine.hooks import Hook
from mmengine.runner import Runner

from mmseg_ext.checkpoints.checkpoint import check_checkpoint, fit_of
from mmseg_ext.checkpoints.preprocessing import check_preprocessing
from mmseg_ext.common.errors import ConfigError, MachineError, UserError
from mmseg_ext.common.machine_faults import machine_fault
from mmseg_ext.training.allocator import keep_freed_memory
from mmseg_ext.training.before_start import BeforeStartHook, check_config
from mmseg_ext.training.fingerprint import FingerprintHook
from mmseg_ext.training.launch import is_main_process
from mmseg_ext.training.pretrained import PretrainedHook
from mmseg_ext.training.resuming.preemption import AllTrainedHook, PreemptionHook
from mmseg_ext.training.resuming.recovery import RecoverableError
from mmseg_ext.training.resuming.resume import last_checkpoint, newest_good_checkpoint
from mmseg_ext.training.resuming.stop_signals import Stopped, StopSignals
from mmseg_ext.training.resuming.work_folder import ConfigFileHook, enter
from mmseg_ext.training.runner import build_runner, progress_bar


def train(
    config: Config,
    hooks: Sequence[Hook] = (),
    allowed_changes: Collection[str] = (),
    verbose: bool = True,
) -> None:
    """Train, and go on from the last checkpoint where `NonFiniteHook` allows it.

    Args:
        config: Its `load_from` and `resume` are changed at a recovery.
        hooks: Registered besides those of the config.
        allowed_changes: Parts of the training that may differ from those of the checkpoint that it
            is resumed from, of `fingerprint.PARTS`.
        verbose: Whether the screen shows all that the log file keeps.

    Raises:
        NonFiniteError: A loss or gradient is not finite, and no recovery is left.
        ConfigError: The checkpoint to resume from, or to start at, is of another model, the one to
            resume from of another training, or another process trains in the work folder;
            or weights that the config names do not arrive in it.
        MachineError: Memory or the disk is full, or a data-loading worker was killed.
        Stopped: SIGTERM, SIGUSR1 or Ctrl-C came; a checkpoint is written and the process shall end.
    """
    check_config(config)
    enter(config)
    keep_freed_memory()
    with StopSignals() as signals:
        _train(config, hooks, allowed_changes, signals, verbose)


def _train(
    config: Config,
    hooks: Sequence[Hook],
    allowed_changes: Collection[str],
    signals: StopSignals,
    verbose: bool,
) -> None:
    while True:
        signals.end_at_once()
        runner = build_runner(config, verbose=verbose)
        ours = [
            FingerprintHook(allowed_changes),
            PretrainedHook(),
            BeforeStartHook(),
            ConfigFileHook(),
        ]
        for hook in [*ours, *hooks, AllTrainedHook(signals), PreemptionHook(signals)]:
            runner.register_hook(hook)
        if config.get('load_from'):
            check_start(runner, config.load_from, config.get('resume', False))
        try:
            with progress_bar(runner):
                runner.train()
            return
        except RecoverableError as error:
            if is_main_process():
                print(f'warning: {error}', file=sys.stderr)
        except UserError:
            raise
        except KeyboardInterrupt:
            raise Stopped(signal.SIGINT, _what_is_saved(runner)) from None
        except Exception as error:
            fault = machine_fault(error)
            if fault is not None:
                raise MachineError(f'{fault}. {_what_is_safe(runner)}') from error
            # Of backbones that load by torch, which takes no tensor of another shape.
            if str(error).startswith('Error(s) in loading state_dict'):
                raise ConfigError(
                    f'the weights that the config names do not fit: {error}'
                ) from error
            raise
        # mmengine collects it, its workers and its model, when it builds the next data set.
        del runner
        # The main process has written down what was decided.
        barrier()
        config.resume = True
        config.load_from = newest_good_checkpoint(Path(config.work_dir))


def _what_is_safe(runner: Runner) -> str:
    last = _last_of(runner)
    if last is None:
        return 'There is no checkpoint yet'
    return (
        f'What was trained until {last} is safe: when that is mended, the same command with '
        '--resume goes on from it'
    )


def _what_is_saved(runner: Runner) -> str:
    last = _last_of(runner)
    if last is None:
        return 'nothing is saved yet'
    return f'{last} is saved; the same command with --resume goes on from it'


def _last_of(runner: Runner) -> Path | None:
    last = last_checkpoint(Path(runner.work_dir)) if runner.iter else None
    return last if last is not None and last.is_file() else None


def check_start(runner: Runner, checkpoint: str, resume: bool) -> None:
    """Check that a training begins where it was told to.

    mmengine loads what fits and warns about the rest: a training would start at random weights.

    Args:
        runner: The training; its log says how much of the model is taken from the checkpoint.
        checkpoint: The file or address.
        resume: Whether all of the model must be in it.

    Raises:
        ConfigError: It does not hold the whole model, or not to resume but nothing of it; or it
            has no finite numbers of it.
    """
    if resume:
        check_checkpoint(runner.model, checkpoint, with_auxiliary_heads=True)
        return
    check_preprocessing(checkpoint, runner.cfg, 'train')
    found = fit_of(runner.model, checkpoint)
    if not found.filled:
        raise ConfigError(
            f'load_from={checkpoint}: none of its parameters has a name and a shape of this model'
        )
    taken = f'{len(found.filled)} of {found.total} parameters start as in {checkpoint}'
    if lacks := found.lacks():
        runner.logger.warning(f'{taken}, the others as the config says: {lacks}')
    else:
        runner.logger.info(taken)
