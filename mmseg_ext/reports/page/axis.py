"""An axis for the dots and intervals of a page's table: zoomed to what the table holds."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

_MOST_STEPS = 5
_ROUND = (1, 2, 2.5, 5, 10)


class Tick(NamedTuple):
    """A value that is written at the axis, and its place on it in percent."""

    place: float
    label: str


class Dot(NamedTuple):
    """A value and both ends of its interval as places on an axis, in percent."""

    at: float
    low: float
    high: float


@dataclass(frozen=True)
class Axis:
    """A range of percentages with round ends.

    Attributes:
        low: Left end.
        high: Right end.
        step: From tick to tick.
    """

    low: float
    high: float
    step: float

    @classmethod
    def over(cls, fractions: Iterable[float], zero: bool = False) -> 'Axis':
        """Return the smallest round axis that holds values.

        Args:
            fractions: The values; NaN is none.
            zero: Whether 0 must be on it, as for differences.
        """
        values = [100 * float(value) for value in fractions if not math.isnan(value)]
        values += [0.0] if zero or not values else []
        low, high = min(values), max(values)
        least = max((high - low) / _MOST_STEPS, 0.05)
        power = 10.0 ** math.floor(math.log10(least))
        step = next(factor * power for factor in _ROUND if factor * power >= least * (1 - 1e-9))
        low, high = (step * math.floor(low / step), step * math.ceil(high / step))
        return cls(low, max(high, low + step), step)

    def place(self, fraction: float) -> float:
        """Return where a value stands, percent of the axis from the left."""
        return 100 * (100 * float(fraction) - self.low) / (self.high - self.low)

    def dot(self, value: float, ends: Iterable[float]) -> Dot | None:
        """Return where a value and its interval stand, None for NaN."""
        low, high = ends
        if math.isnan(value):
            return None
        low, high = (value if math.isnan(end) else end for end in (low, high))
        return Dot(self.place(value), self.place(low), self.place(high))

    @property
    def ticks(self) -> list[Tick]:
        """The round values from end to end."""
        number = round((self.high - self.low) / self.step)
        values = [self.low + i * self.step for i in range(number + 1)]
        return [Tick(100 * i / number, f'{value:g}') for i, value in enumerate(values)]
