"""Lets an optimizer and its schedules go on as a changed config says.

mmengine's resume overwrites what the config says by the state in the checkpoint: learning rates,
momentum, ends of schedules. Here that state is first made one of the changed config.
"""

import warnings
from typing import Any

from mmengine.optim import OptimWrapperDict
from mmengine.runner import EpochBasedTrainLoop, Runner

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.training.resuming.recovery import (
    all_schedulers,
    parameter_groups,
    scale_learning_rates,
)


def follow_config(
    runner: Runner, checkpoint: dict[str, Any], schedules: Any, new_rates: bool, new_kind: bool
) -> None:
    """Put optimizer and schedules into a checkpoint as the config would have them at its iteration.

    The schedules take all steps up to there anew. Momenta stay, unless the optimizer is of another
    kind or has other parameter groups: they then begin anew, with a warning.

    Args:
        runner: Built and not yet resumed; its schedules are replaced.
        checkpoint: Its `optimizer` and `param_schedulers` are replaced.
        schedules: The config's `param_scheduler`.
        new_rates: Whether the optimizer's settings have changed. If not, recoveries from bad
            numbers, which have lowered the learning rates, keep them low.
        new_kind: Whether the optimizer has another type.
    """
    meta = checkpoint['meta']
    for group in parameter_groups(runner):
        for initial in [key for key in group if key.startswith('initial_')]:
            group[initial.removeprefix('initial_')] = group.pop(initial)
    if runner.param_schedulers is not None:
        runner.param_schedulers = runner.build_param_scheduler(schedules)
    epoch_length = None
    if isinstance(runner.train_loop, EpochBasedTrainLoop) and meta['epoch']:
        epoch_length = meta['iter'] // meta['epoch']
    _step(all_schedulers(runner), meta['iter'], epoch_length)
    before = checkpoint['optimizer']
    then, now = _base_rate(_first(before)), _base_rate(parameter_groups(runner)[0])
    if not new_rates and then != now:
        scale_learning_rates(runner, then / now)
    checkpoint['optimizer'] = _with_momenta(runner, {} if new_kind else before)
    if runner.param_schedulers is not None:
        checkpoint['param_schedulers'] = _states(runner.param_schedulers)


def require_same_optimizer(runner: Runner, checkpoint: dict[str, Any]) -> None:
    """Check a checkpoint without a fingerprint, whose optimizer torch might fail on later.

    Raises:
        ConfigError: It is of another optimizer, or of other parameter groups.
    """
    own, saved = runner.optim_wrapper.state_dict(), checkpoint['optimizer']
    # Versions of torch add settings; those of another optimizer are unknown to this one.
    if _groups(own) == _groups(saved):
        unknown = set(_first(saved)) - set(_first(own))
        if not {name for name in unknown if not name.startswith('initial_')}:
            return
    raise ConfigError(
        'the checkpoint to resume from has the state of another optimizer, or of one with other '
        'parameter groups: give the optim_wrapper that it was trained with'
    )


def _step(schedulers: list[Any], iterations: int, epoch_length: int | None) -> None:
    by_iteration = [each for each in schedulers if not each.by_epoch]
    by_epoch = [each for each in schedulers if each.by_epoch]
    with warnings.catch_warnings():
        # torch's, that nothing was trained in between.
        warnings.simplefilter('ignore', UserWarning)
        for done in range(1, iterations + 1):
            for scheduler in by_iteration:
                scheduler.step()
            if epoch_length and done % epoch_length == 0:
                for scheduler in by_epoch:
                    scheduler.step()


def _with_momenta(runner: Runner, saved: dict[str, Any]) -> dict[str, Any]:
    own = runner.optim_wrapper.state_dict()
    if isinstance(runner.optim_wrapper, OptimWrapperDict):
        kept = {
            name: {**state, 'state': saved[name]['state']}
            for name, state in own.items()
            if name in saved and _alike(state, saved[name])
        }
        fits = len(kept) == len(own)
        own.update(kept)
    else:
        fits = bool(saved) and _alike(own, saved)
        if fits:
            own['state'] = saved['state']
    if not fits:
        runner.logger.warning('the optimizer is another: its momenta begin anew')
    return own


def _alike(own: dict[str, Any], saved: dict[str, Any]) -> bool:
    """Tell whether two states hold the same of each parameter."""
    return _groups(own) == _groups(saved) and _holds(own) == _holds(saved)


def _holds(state: dict[str, Any]) -> tuple[set[str], list[bool]]:
    """Return what the state of a parameter follows from: the optimizer's settings by name."""
    group = _first(state)
    names = {name for name in group if not name.startswith(('initial_', 'max_', 'min_'))}
    return names, [bool(group.get(name)) for name in ('amsgrad', 'centered', 'momentum')]


def _groups(state: dict[str, Any]) -> list[Any]:
    if 'param_groups' not in state:
        return [_groups(each) for each in state.values()]
    return [len(group['params']) for group in state['param_groups']]


def _first(state: dict[str, Any]) -> dict[str, Any]:
    while 'param_groups' not in state:
        state = next(iter(state.values()))
    return state['param_groups'][0]


def _base_rate(group: dict[str, Any]) -> float:
    return group.get('initial_lr', group['lr'])


def _states(schedulers: Any) -> Any:
    if isinstance(schedulers, dict):
        return {name: _states(part) for name, part in schedulers.items()}
    return [each.state_dict() for each in schedulers]
