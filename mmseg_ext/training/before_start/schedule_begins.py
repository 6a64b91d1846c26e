"""Schedules that would begin when the training is over, as behind a warm-up longer than it."""

from typing import Any

from mmengine.config import Config

from mmseg_ext.common.config_parts import type_name
from mmseg_ext.common.errors import ConfigError
from mmseg_ext.training.before_start.loops import counts_iterations
from mmseg_ext.training.before_start.schedules import schedules_of


def check_schedule_begins(config: Config) -> None:
    """Check that schedules that end with the training begin within it.

    Raises:
        ConfigError: One does not; the message has options that fit.
    """
    length = (config.get('train_cfg') or {}).get('max_iters')
    if not counts_iterations(config) or not isinstance(length, int):
        return
    schedules = [
        (place, scheduler)
        for place, scheduler in schedules_of(config.get('param_scheduler'))
        if not scheduler.get('by_epoch', True)
    ]
    # mmengine lets one without an end of its own end with the training.
    late = [
        (place, scheduler)
        for place, scheduler in schedules
        if scheduler.get('begin', 0) >= length and 'end' not in scheduler
    ]
    if not late:
        return
    place, scheduler = late[0]
    begin = scheduler['begin']
    before = [f'{other} ({type_name(one)})' for other, one in schedules if one.get('end') == begin]
    reason = f'the warm-up, {" and ".join(before)}, ends at' if before else f'{place} begins at'
    # With one iteration there is no room for two schedules.
    options = ' '.join(_scaled(schedules, begin, max(1, length // 10))) if length > 1 else ''
    raise ConfigError(
        f'{reason} iteration {begin}, and the training ends at {length}, so that {place} '
        f'({type_name(scheduler)}) would have no iteration. Give more than {begin} iterations '
        f'(train_cfg.max_iters){f", or add to --cfg-options: {options}" if options else ""}'
    )


def _scaled(schedules: list[tuple[str, Any]], begin: int, wanted: int) -> list[str]:
    """Return the options that move ``begin`` to ``wanted``, and all else in proportion."""
    options = []
    for place, scheduler in schedules:
        start = round(scheduler.get('begin', 0) * wanted / begin)
        if scheduler.get('begin', 0) != start:
            options.append(f'{place}.begin={start}')
        if 'end' in scheduler:
            options.append(
                f'{place}.end={max(start + 1, round(scheduler["end"] * wanted / begin))}'
            )
    return options
