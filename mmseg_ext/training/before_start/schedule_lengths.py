"""Warns where a schedule and the training have different lengths, as after a change of one."""

from collections.abc import Iterator
from typing import Any

from mmengine.optim import (
    ConstantParamScheduler,
    CosineAnnealingParamScheduler,
    LinearParamScheduler,
    MultiStepParamScheduler,
    OneCycleParamScheduler,
    PolyParamScheduler,
)
from mmengine.runner import Runner

from mmseg_ext.training.before_start.schedules import schedules_of

# Their values depend on where they end.
_SHAPED = (
    ConstantParamScheduler,
    CosineAnnealingParamScheduler,
    LinearParamScheduler,
    OneCycleParamScheduler,
    PolyParamScheduler,
)


def warn_of_schedule_lengths(runner: Runner) -> None:
    """Warn once where a schedule is not over when the training is, or over long before."""
    planned = list(_planned(runner))
    found = [text for each in planned if (text := _difference(*each, planned))]
    if not found:
        return
    options = ' '.join(option for each in planned for option in _mended(*each, planned))
    runner.logger.warning(
        f'the schedule is not that of this training: {"; ".join(found)}. If that is not meant, '
        f'leave `end` out of the last of param_scheduler, or add to --cfg-options: {options}'
    )


def _planned(runner: Runner) -> Iterator[tuple[str, Any, int]]:
    """Yield place, scheduler and length of the training in what the scheduler counts."""
    built = runner.param_schedulers or []
    flat = [each for part in built.values() for each in part] if isinstance(built, dict) else built
    configs = list(schedules_of(runner.cfg.get('param_scheduler')))
    if len(configs) != len(flat):
        return
    for (place, config), scheduler in zip(configs, flat, strict=True):
        # The config of one that is converted counts epochs, and what is built iterations.
        if not config.get('convert_to_iter_based', False):
            yield place, scheduler, runner.max_epochs if scheduler.by_epoch else runner.max_iters


def _difference(place: str, scheduler: Any, length: int, planned: list[Any]) -> str | None:
    unit = 'epoch' if scheduler.by_epoch else 'iteration'
    name, stop = type(scheduler).__name__, _stop(scheduler)
    if stop is None or stop == length:
        return None
    if stop > length:
        return f'{place} ({name}) goes on to {unit} {stop}, the training ends at {length}'
    last = max(_stop(other) or 0 for _, other, _ in planned)
    if stop == last and _falls(scheduler):
        return (
            f'{place} ({name}) ends at {unit} {stop}, and the training goes on to {length} with '
            'its last value'
        )
    return None


def _stop(scheduler: Any) -> int | None:
    """Return where a scheduler arrives at its last value, None for one that has no such place."""
    begin = scheduler.begin
    if isinstance(scheduler, MultiStepParamScheduler):
        return begin + max(scheduler.milestones, default=0) + 1
    if isinstance(scheduler, CosineAnnealingParamScheduler):
        return max(scheduler.end, begin + scheduler.T_max)
    if isinstance(scheduler, OneCycleParamScheduler):
        return begin + scheduler.total_steps
    return scheduler.end if isinstance(scheduler, _SHAPED) else None


def _falls(scheduler: Any) -> bool:
    if isinstance(scheduler, LinearParamScheduler):
        return scheduler.end_factor < scheduler.start_factor
    return isinstance(scheduler, _SHAPED) and not isinstance(scheduler, ConstantParamScheduler)


def _mended(place: str, scheduler: Any, length: int, planned: list[Any]) -> Iterator[str]:
    """Yield the options that fit one scheduler to the training.

    Where all begin within it, the last ones end with it; else all are scaled.
    """
    stop, last = _stop(scheduler), max(_stop(other) or 0 for _, other, _ in planned)
    if stop is None:
        return
    fits = all(
        other.begin < length and ((_stop(other) or 0) == last or (_stop(other) or 0) <= length)
        for _, other, length in planned
    )
    scale = length / last
    if isinstance(scheduler, MultiStepParamScheduler):
        steps = [int(step * scale) for step in sorted(scheduler.milestones.elements())]
        if stop > length:
            yield f'{place}.milestones={steps}'.replace(' ', '')
        return
    begin = scheduler.begin if fits else round(scheduler.begin * scale)
    end = (length if stop == last else stop) if fits else max(begin + 1, round(stop * scale))
    wanted = dict(begin=begin, end=end, T_max=end - begin, total_steps=end - begin)
    for name, value in wanted.items():
        if getattr(scheduler, name, value) != value:
            yield f'{place}.{name}={value}'
