"""Builds a runner from a config and closes a run with what a user wants to know."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.registry import OPTIMIZERS as MMENGINE_OPTIMIZERS
from mmengine.registry import RUNNERS as MMENGINE_RUNNERS
from mmengine.runner import Runner
from mmseg.registry import OPTIMIZERS, RUNNERS

from mmseg_ext.checkpoints.loaders import load_checked
from mmseg_ext.common.config_parts import require_parts
from mmseg_ext.common.errors import ConfigError, UserError
from mmseg_ext.data.checks.checks import USES
from mmseg_ext.training.build_errors import nearest
from mmseg_ext.training.launch import is_main_process
from mmseg_ext.training.progress_bar import ProgressBarHook
from mmseg_ext.training.resuming.resume import age, last_checkpoint
from mmseg_ext.training.resuming.training_id import latest_training, training_of
from mmseg_ext.training.screen import QuietRunner

_PARTS = {
    'train': ('train_dataloader', 'train_cfg', 'optim_wrapper'),
    'val': ('val_dataloader', 'val_cfg', 'val_evaluator'),
    'test': ('test_dataloader', 'test_cfg', 'test_evaluator'),
}
# Without an entry of this name, mmengine adds a hook of its own; None keeps it from doing so.
_REPLACED = {'runtime_info', 'timer', 'sampler_seed', 'logger', 'param_scheduler', 'checkpoint'}


def build_runner(config: Config, use: str = 'train', verbose: bool = True) -> Runner:
    """Build mmengine's runner, or the one that the config's `runner_type` names.

    Args:
        config: The config of the run.
        use: 'train' or 'test': what the config has to be complete for.
        verbose: Whether the screen shows all that the log file keeps; not for a `runner_type`.

    Raises:
        ConfigError: The optimizer is unknown, a number of iterations or samples is none such, or an
            option of a loader needs workers: mmengine would fail on it without naming it. Or parts
            of the training, the validation or the test are missing.
    """
    _check_parts(config, use)
    _check_numbers(config)
    _check_workers(config)
    optimizer = (config.get('optim_wrapper') or {}).get('optimizer', {}).get('type')
    if isinstance(optimizer, str) and OPTIMIZERS.get(optimizer) is None:
        known = [*OPTIMIZERS.module_dict, *MMENGINE_OPTIMIZERS.module_dict]
        raise ConfigError(f'no optimizer is called {optimizer!r}{nearest(optimizer, known)}')
    hooks = config.get('default_hooks') or {}
    for name in [name for name, hook in hooks.items() if hook is None and name not in _REPLACED]:
        del hooks[name]
    runner = _runner_class(config, verbose).from_cfg(config)
    # mmengine gives all runs of a name that a process begins in one second the same message hub:
    # a new training would remove the checkpoints of the one before as its own outdated ones.
    runner.message_hub.log_scalars.clear()
    runner.message_hub.runtime_info.clear()
    for handler in runner.logger.handlers:
        if isinstance(handler, logging.FileHandler):
            handler.handleError = _raise  # type: ignore[method-assign]
    return runner


def _runner_class(config: Config, verbose: bool) -> Any:
    """Return the class of the runner, which does not write the config into the work folder.

    A test may run there, or a training that is refused: `ConfigFileHook` writes it.
    """
    kind = config.get('runner_type', Runner if verbose else QuietRunner)
    found = RUNNERS.get(kind) if isinstance(kind, str) else kind
    if found is None:
        known = [*RUNNERS.module_dict, *MMENGINE_RUNNERS.module_dict]
        raise ConfigError(f'no runner is called {kind!r}{nearest(kind, known)}')
    return type(found.__name__, (found,), dict(dump_config=lambda self: None))


def _raise(record: logging.LogRecord) -> None:
    # Called where the error is being handled; logging would print a traceback for every line.
    raise


def _check_parts(config: Config, use: str) -> None:
    require_parts(config, use, 'model', *_PARTS[use])
    for name, parts in _PARTS.items():
        if any(config.get(part) is not None for part in parts):
            require_parts(config, name, *parts)


def _check_numbers(config: Config) -> None:
    least = {
        'train_cfg': dict(max_iters=1, max_epochs=1, val_interval=1, val_begin=0),
        **{f'{use}_dataloader': dict(batch_size=1, num_workers=0) for use in USES},
    }
    for part, numbers in least.items():
        for name, smallest in numbers.items():
            number = (config.get(part) or {}).get(name, smallest)
            if not isinstance(number, int) or number < smallest:
                raise ConfigError(f'{part}.{name}={number!r}: give a whole number from {smallest}')


def _check_workers(config: Config) -> None:
    without = dict(persistent_workers=False, prefetch_factor=None, timeout=0)
    for use in USES:
        loader = config.get(f'{use}_dataloader') or {}
        for name, value in without.items():
            if not loader.get('num_workers') and loader.get(name, value) not in (value, None):
                raise ConfigError(
                    f'{use}_dataloader.{name}={loader[name]!r} needs workers, and num_workers is '
                    f'0: set {use}_dataloader.{name}={value} too'
                )


@contextmanager
def progress_bar(runner: Runner) -> Iterator[None]:
    """Show a progress bar while the runner works, on a terminal only."""
    if not (is_main_process() and sys.stdout.isatty()):
        yield
        return
    hook = ProgressBarHook()
    runner.register_hook(hook)
    try:
        yield
    finally:
        hook.stop()


def training_summary(work_dir: str) -> str:
    """Say where a training left its results: checkpoints, log, TensorBoard."""
    folder = Path(work_dir)
    best, last = _best_checkpoint(folder), last_checkpoint(folder)
    lines = [f'results: {folder}']
    if best is not None:
        lines.append(f'best checkpoint: {best}')
    if last is not None:
        lines.append(f'last checkpoint: {last}')
    lines.append(f'curves: tensorboard --logdir {folder}')
    return '\n'.join(lines)


def _best_checkpoint(folder: Path) -> Path | None:
    """Return that of the latest training in a folder, which may hold those of earlier ones."""
    training = latest_training(folder)
    found = folder.glob('best_*.pth')
    for path in sorted(found, key=age, reverse=True):
        try:
            if training_of(load_checked(str(path))) == training:
                return path
        except UserError:
            # A broken file, which is no reason to end a finished training with an error.
            continue
    return None
