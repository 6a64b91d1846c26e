"""A figure with its resamples, so that intervals, and those of differences, come from pairs."""

from dataclasses import dataclass

import numpy as np

from mmseg_ext.evaluation.intervals import draw_images, percentile_interval


@dataclass(frozen=True)
class Estimate:
    """A figure, and what it is in every resample.

    Attributes:
        value: The figure; NaN where there is none.
        samples: float64 (R,); NaN where a resample has none.
    """

    value: float
    samples: np.ndarray

    @property
    def interval(self) -> tuple[float, float]:
        """The ends of the 95 % interval."""
        lower, upper = percentile_interval(self.samples)
        return float(lower), float(upper)

    def minus(self, other: 'Estimate') -> 'Estimate':
        """Return the difference to a figure of the same units, drawn alike: a pair."""
        return Estimate(self.value - other.value, self.samples - other.samples)


def estimate_ratio(counted: np.ndarray, of: np.ndarray) -> Estimate:
    """Estimate a sum divided by another one, over units that are drawn with replacement.

    Args:
        counted: Of each unit, e.g. its pixels that are right, shape (N,).
        of: Of each unit, e.g. its pixels; or ones, for a mean over units; shape (N,).

    Returns:
        Estimate: NaN without a unit. Equal numbers of units are drawn alike.

    Source: Efron & Tibshirani 1993, chapter 13.
    """
    if not len(counted):
        return Estimate(np.nan, np.full(1, np.nan))
    draws = draw_images(len(counted)).astype(np.float64)
    return Estimate(float(_divided(counted.sum(), of.sum())), _divided(draws @ counted, draws @ of))


def _divided(counted: np.ndarray, of: np.ndarray) -> np.ndarray:
    with np.errstate(invalid='ignore', divide='ignore'):
        return np.where(of > 0, counted / of, np.nan)
