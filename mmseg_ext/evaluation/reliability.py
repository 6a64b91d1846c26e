"""Whether a model is right as often as it is sure: reliability and expected calibration error.

Guo, Pleiss, Sun and Weinberger, ICML 2017, arXiv 1706.04599, equations 2 to 3 and 5; by class of
the prediction, and summed up image by image, our decision.
"""

from typing import NamedTuple

import numpy as np

BINS = 15
"""Bins of equal width of the confidence, as in the paper."""

ROWS = 3
_UNIT = 2**16


class Reliability(NamedTuple):
    """Confidence against accuracy; fractions, float64, NaN where nothing was predicted.

    Attributes:
        error: Expected calibration error, shape (...,): over the bins, the mean of the distance
            between confidence and accuracy, weighted by pixels.
        mean_confidence: Of all pixels, shape (...,).
        class_error: The error of the pixels that are called a class, shape (..., C).
        class_confidence: Mean confidence of the pixels that are called a class, shape (..., C).
        confidence: Mean confidence in each bin, shape (..., B).
        accuracy: Share of right pixels in each bin, shape (..., B).
        shares: Share of the pixels in each bin, shape (..., B).
    """

    error: np.ndarray
    mean_confidence: np.ndarray
    class_error: np.ndarray
    class_confidence: np.ndarray
    confidence: np.ndarray
    accuracy: np.ndarray
    shares: np.ndarray


def count_reliability(
    confidence: np.ndarray,
    pred: np.ndarray,
    label: np.ndarray,
    num_classes: int,
    ignore_index: int = 255,
) -> np.ndarray:
    """Count how sure and how right the pixels of one image are.

    Args:
        confidence: Probability of the predicted class, floating-point, shape (H, W), 0 to 1.
        pred: Predicted class ids, any integer dtype, shape (H, W).
        label: True class ids, likewise.
        num_classes: Number of classes C.
        ignore_index: Label of the pixels to leave out.

    Returns:
        int64, shape (3, C, B): by predicted class and bin the pixels, the right ones, and their
        confidence in units of 2**-16. They add up over images.

    Example:
        >>> counts = count_reliability(
        ...     np.array([[0.5, 0.9]]), np.array([[0, 1]]), np.array([[0, 0]]), num_classes=2)
        >>> counts.sum((1, 2)) / [1, 1, 2**16]
        array([2. , 1. , 1.4])
    """
    counted = label != ignore_index
    sure = np.rint(confidence[counted].astype(np.float64) * _UNIT).astype(np.int64)
    bins = np.minimum(sure * BINS // _UNIT, BINS - 1)
    place = pred[counted].astype(np.int64) * BINS + bins
    right = pred[counted] == label[counted]
    size = num_classes * BINS
    rows = [
        np.bincount(place, minlength=size),
        np.bincount(place[right], minlength=size),
        # Exact: a float64 holds whole numbers up to 2**53.
        np.bincount(place, weights=sure, minlength=size),
    ]
    return np.stack(rows).astype(np.int64).reshape(ROWS, num_classes, BINS)


def score_reliability(counts: np.ndarray) -> Reliability:
    """Score counts, of one image or the sum of those of many.

    Args:
        counts: As of :func:`count_reliability`, shape (..., 3, C, B).
    """
    pixels, right, sure = np.moveaxis(np.asarray(counts, np.float64), -3, 0)
    sure = sure / _UNIT
    with np.errstate(invalid='ignore', divide='ignore'):
        total = pixels.sum((-1, -2))
        of_bins = [rows.sum(-2) for rows in (pixels, right, sure)]
        return Reliability(
            error=np.abs(of_bins[2] - of_bins[1]).sum(-1) / total,
            mean_confidence=of_bins[2].sum(-1) / total,
            class_error=np.abs(sure - right).sum(-1) / pixels.sum(-1),
            class_confidence=sure.sum(-1) / pixels.sum(-1),
            confidence=of_bins[2] / of_bins[0],
            accuracy=of_bins[1] / of_bins[0],
            shares=of_bins[0] / total[..., None],
        )
