"""Times two pieces of work in turn, so that what slows the machine slows both."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np
import torch


@dataclass(frozen=True)
class PairedTimes:
    """Times of two pieces of work, measured in turn.

    Attributes:
        ours: Seconds of every repeat of the first.
        theirs: Seconds of every repeat of the second, in the same order.
    """

    ours: list[float]
    theirs: list[float]

    @property
    def ratios(self) -> np.ndarray:
        """Time of the first by that of the second for every pair, shape (repeats,)."""
        return np.array(self.ours) / np.array(self.theirs)

    def summary(self) -> dict[str, float | list[float]]:
        """Return medians (seconds), the median ratio, its quartiles and its 95 % interval.

        The interval is a percentile bootstrap of the median over the pairs.
        """
        ratios = self.ratios
        draws = np.random.default_rng(0).integers(0, len(ratios), (2000, len(ratios)))
        medians = np.median(ratios[draws], axis=1)
        return {
            'ours_s': statistics.median(self.ours),
            'theirs_s': statistics.median(self.theirs),
            'ratio': float(np.median(ratios)),
            'quartiles': np.percentile(ratios, [25, 75]).tolist(),
            'interval_95': np.percentile(medians, [2.5, 97.5]).tolist(),
            **asdict(self),
        }


def time_in_turn(
    ours: Callable[[], object], theirs: Callable[[], object], repeats: int, warm_up: int
) -> PairedTimes:
    """Time two pieces of work in turn, in pairs whose order alternates.

    Args:
        ours: The first piece of work.
        theirs: The second.
        repeats: Number of measured pairs.
        warm_up: Number of pairs before them that are run and not counted: the first steps can be
            ten times slower than the rest.

    Returns:
        The times of the measured pairs.
    """
    return measure_in_turn(partial(seconds_of, ours), partial(seconds_of, theirs), repeats, warm_up)


def measure_in_turn(
    ours: Callable[[], float], theirs: Callable[[], float], repeats: int, warm_up: int
) -> PairedTimes:
    """Do as :func:`time_in_turn` with work that measures itself and returns its seconds."""
    return PairedTimes(*times_in_turn([ours, theirs], repeats, warm_up))


def times_in_turn(
    works: Sequence[Callable[[], float]], repeats: int, warm_up: int
) -> list[list[float]]:
    """Let any number of pieces of work measure themselves in turn, in an order that alternates.

    Args:
        works: Each returns its seconds.
        repeats: How often each is measured.
        warm_up: How often before that, not counted.

    Returns:
        The seconds of every repeat of each.
    """
    times: list[list[float]] = [[] for _ in works]
    for repeat in range(-warm_up, repeats):
        order = range(len(works)) if repeat % 2 == 0 else reversed(range(len(works)))
        for which in order:
            seconds = works[which]()
            if repeat >= 0:
                times[which].append(seconds)
    return times


def seconds_of(work: Callable[[], object]) -> float:
    """Return the seconds that a piece of work takes, on a GPU too."""
    wait_for_device()
    start = time.perf_counter()
    work()
    wait_for_device()
    return time.perf_counter() - start


def in_milliseconds(summary: dict[str, Any]) -> list[str]:
    """Write the medians of a :meth:`PairedTimes.summary`, and their ratio, as cells of a table."""
    ours, theirs = (f'{1000 * summary[side]:.1f}' for side in ('ours_s', 'theirs_s'))
    return [ours, theirs, f'{summary["ratio"]:.3f}']


def wait_for_device() -> None:
    """Wait for the GPU, which works behind the program's back."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
