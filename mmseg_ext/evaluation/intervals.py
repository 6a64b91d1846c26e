"""Confidence intervals by bootstrap over images."""

from dataclasses import dataclass

import numpy as np

from mmseg_ext.evaluation.scores import ClassScores


@dataclass(frozen=True)
class Intervals:
    """Lower and upper ends of the intervals, as fractions.

    Attributes:
        iou (np.ndarray): Per class, float64, shape (2, C); NaN for a class without IoU.
        mean_iou (np.ndarray): Of the mean IoU, float64, shape (2,).
    """

    iou: np.ndarray
    mean_iou: np.ndarray


def bootstrap_intervals(
    matrices: np.ndarray, resamples: int = 1000, confidence: float = 0.95, seed: int = 0
) -> Intervals:
    """Percentile intervals of the IoU when the images are drawn anew.

    Each resample draws as many images as there are, with replacement, and scores the sum of
    their matrices: the uncertainty that comes from which images happened to be tested, not the
    one between training seeds.

    Args:
        matrices (np.ndarray): One confusion matrix per image, int, shape (N, C, C).
        resamples (int): Number of resamples.
        confidence (float): Probability mass of the interval, in (0, 1).
        seed (int): Seed of the draws.

    Returns:
        Intervals: The intervals of the per-class and of the mean IoU.

    Raises:
        ValueError: If there is no image.

    Source: Efron & Tibshirani 1993, chapter 13 (percentile method).
    """
    if matrices.ndim != 3 or len(matrices) == 0:
        raise ValueError(f'expected matrices (N, C, C) of N >= 1 images, got {matrices.shape}')
    images = len(matrices)
    counts = np.concatenate(
        [np.diagonal(matrices, axis1=1, axis2=2), matrices.sum(2), matrices.sum(1)], axis=1
    )
    draws = np.random.default_rng(seed).multinomial(
        images, np.full(images, 1 / images), size=resamples
    )
    # float64 sums of counts are exact below 2**53 pixels, and go through BLAS.
    sums = draws.astype(np.float64) @ counts.astype(np.float64)
    scores = ClassScores.from_counts(*np.split(sums, 3, axis=1))
    ends = [50 * (1 - confidence), 50 * (1 + confidence)]
    return Intervals(
        iou=_percentiles(scores.iou, ends), mean_iou=_percentiles(scores.mean_iou, ends)
    )


def _percentiles(samples: np.ndarray, ends: list[float]) -> np.ndarray:
    columns = samples.reshape(len(samples), -1)
    present = ~np.isnan(columns).all(0)
    result = np.full((2, columns.shape[1]), np.nan)
    if present.any():
        result[:, present] = np.nanpercentile(columns[:, present], ends, axis=0)
    return result.reshape(2, *samples.shape[1:])
