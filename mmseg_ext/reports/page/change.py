"""A difference as the pages show it: a sign, a word and a dot, and never a colour alone."""

import math
from collections.abc import Iterable
from typing import NamedTuple

from mmseg_ext.reports.page.axis import Axis, Dot


class Change(NamedTuple):
    """A difference of fractions.

    Attributes:
        value: The difference.
        mark: ▲ better, ▼ worse, △ or ▽ where it cannot be told from noise, ◇ where nobody tested.
        word: The same for readers who cannot see it, and the class of its style.
        dot: Its place on the axis; None where there is none.
    """

    value: float
    mark: str
    word: str
    dot: Dot | None


def change_of(axis: Axis, value: float, ends: Iterable[float], beyond_noise: bool | None) -> Change:
    """Return how to show a difference.

    Args:
        axis: Of the table, with 0 on it.
        value: The difference; NaN where there is none.
        ends: Of its 95 % interval.
        beyond_noise: Whether it is more than noise; None where that was not tested.
    """
    if math.isnan(value):
        return Change(value, '', 'none', None)
    up = value >= 0
    if beyond_noise is None:
        mark, word = '◇', 'untested'
    elif beyond_noise:
        mark, word = ('▲', 'better') if up else ('▼', 'worse')
    else:
        mark, word = ('△' if up else '▽'), 'unsure'
    return Change(value, mark, word, axis.dot(value, ends))
