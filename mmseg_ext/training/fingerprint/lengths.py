"""Schedules that end with their training, and follow it when it is made longer or shorter."""

from collections.abc import Collection
from copy import deepcopy
from typing import Any

from mmseg_ext.training.before_start.schedules import schedules_of


def following(schedules: Any, by_epoch: bool, lengths: Collection[int]) -> Any:
    """Return schedules whose end is left to the training where it is one of its lengths.

    mmengine ends a schedule without an end of its own with the training. A period (`T_max`,
    `total_steps`) up to that end goes with it; milestones stay where they are.

    Args:
        schedules: A config's `param_scheduler`.
        by_epoch: Whether the training counts epochs.
        lengths: Of the training now and, where it was made longer or shorter, before.
    """
    schedules = deepcopy(schedules)
    for _, each in schedules_of(schedules):
        if each.get('by_epoch', True) != by_epoch or each.get('convert_to_iter_based', False):
            continue
        begin = each.get('begin', 0)
        if each.get('end') in lengths:
            del each['end']
        for period in ('T_max', 'total_steps'):
            if each.get(period) in {length - begin for length in lengths}:
                del each[period]
    return schedules
