"""Schedules that the training loop would never move."""

from collections.abc import Iterator
from typing import Any

from mmengine.config import Config
from mmengine.hooks import ParamSchedulerHook
from mmengine.runner import Runner
from mmseg.registry import PARAM_SCHEDULERS

from mmseg_ext.common.config_parts import type_name
from mmseg_ext.common.errors import ConfigError
from mmseg_ext.training.before_start.loops import counts_iterations


def check_schedules(config: Config) -> None:
    """Check that the schedules count what the training loop counts.

    Raises:
        ConfigError: One counts epochs, mmengine's default, in a loop that has none.
    """
    if not counts_iterations(config):
        return
    for place, scheduler in schedules_of(config.get('param_scheduler')):
        follows_validations = getattr(_class_of(scheduler), 'need_val_args', False)
        converted = scheduler.get('convert_to_iter_based', False)
        if scheduler.get('by_epoch', True) and not converted and not follows_validations:
            raise ConfigError(
                f'{place} ({type_name(scheduler)}) counts epochs, and train_cfg iterations: what '
                'it schedules would never change. Give it by_epoch=False, and begin and end in '
                f'iterations (--cfg-options {place}.by_epoch=False)'
            )


def check_something_schedules(runner: Runner) -> None:
    """Check that the schedules are stepped at all.

    Raises:
        ConfigError: There are schedules, and the hook that steps them is left out.
    """
    stepped = any(isinstance(hook, ParamSchedulerHook) for hook in runner.hooks)
    if runner.param_schedulers and not stepped:
        raise ConfigError(
            'default_hooks.param_scheduler is None, so that nothing steps the param_scheduler: '
            "give default_hooks.param_scheduler=dict(type='ParamSchedulerHook'), or "
            'param_scheduler=None'
        )


def schedules_of(part: Any, place: str = 'param_scheduler') -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each scheduler in a config's `param_scheduler`, with its place there.

    It may be one, a list, or such of each of several optimizers by their names.
    """
    if isinstance(part, dict) and 'type' in part:
        yield place, part
    elif isinstance(part, (dict, list, tuple)):
        for key, child in part.items() if isinstance(part, dict) else enumerate(part):
            yield from schedules_of(child, f'{place}.{key}')


def _class_of(scheduler: dict[str, Any]) -> Any:
    kind = scheduler['type']
    return PARAM_SCHEDULERS.get(kind) if isinstance(kind, str) else kind
