"""Precision and recall of the predicted class boundaries, as counts."""

from functools import lru_cache

import numpy as np

from mmseg_ext.evaluation.boundary_band import VOID, boundary_band


def boundary_match_counts(
    pred: np.ndarray, label: np.ndarray, num_classes: int, tolerance: int
) -> np.ndarray:
    """Count the boundary pixels of each class that have a partner within a tolerance.

    The boundary of a class is its pixels that touch another class, diagonally too. A pixel of the
    predicted boundary is right where the true boundary of the same class is within the tolerance,
    and the other way round one is found. Several pixels may share a partner, as in Csurka et al.,
    unlike in the one-to-one matching of Martin et al.

    Args:
        pred: Predicted class ids as
            :func:`~mmseg_ext.evaluation.boundary_band.known_maps` returns them.
        label: True class ids, likewise.
        num_classes: Number of classes C.
        tolerance: Greatest Euclidean distance of partners, in pixels, at least 1.

    Returns:
        np.ndarray: int64, shape (4, C): right predicted, predicted, found true and true boundary
        pixels. They add up over images.

    Source: Martin, Fowlkes, Malik, PAMI 26, 2004; class by class as in Csurka, Larlus, Perronnin,
    BMVC 2013; counted over all images instead of averaged over them, as IoU is (our decision).
    """
    predicted, true = _contours(pred, tolerance), _contours(label, tolerance)
    return np.concatenate(
        [
            _matched(predicted, true, num_classes, tolerance),
            _matched(true, predicted, num_classes, tolerance),
        ]
    )


def boundary_f_scores(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return precision, recall and their harmonic mean F.

    Args:
        counts: :func:`boundary_match_counts`, summed over images, shape (..., 4, C).

    Returns:
        tuple[np.ndarray, np.ndarray, np.ndarray]: Fractions, float64, shape (..., C) each. A ratio
        without pixels is NaN; F is NaN where a class has no boundary in either map, and 0 where it
        has one in only one of them.
    """
    right, predicted, found, true = np.moveaxis(counts.astype(np.float64), -2, 0)
    with np.errstate(invalid='ignore'):
        precision, recall = right / predicted, found / true
        both = right * true + found * predicted
        # 2PR / (P + R) without its zero divisions: P and R are zero together.
        f_score = np.where(both > 0, 2 * right * found / np.maximum(both, 1), 0)
    return precision, recall, np.where(predicted + true > 0, f_score, np.nan)


def _contours(ids: np.ndarray, margin: int) -> np.ndarray:
    """Keep the ids on boundaries, VOID elsewhere and on a margin around the map."""
    return np.pad(
        np.where(boundary_band(ids, 1), ids, np.uint8(VOID)), margin, constant_values=VOID
    )


def _matched(ours: np.ndarray, theirs: np.ndarray, num_classes: int, tolerance: int) -> np.ndarray:
    """Count per class our boundary pixels with a partner among theirs, and all: (2, C)."""
    places = np.flatnonzero(ours != VOID)
    ids, others = ours.ravel()[places], theirs.ravel()
    total = np.bincount(ids, minlength=num_classes)
    # Boundaries are few pixels, and most have a partner close by: the near offsets go first.
    for down, right in _disc(tolerance):
        alone = others[places + down * ours.shape[1] + right] != ids
        places, ids = places[alone], ids[alone]
    return np.stack([total - np.bincount(ids, minlength=num_classes), total])


@lru_cache(maxsize=8)
def _disc(radius: int) -> list[tuple[int, int]]:
    """All offsets within a Euclidean radius, nearest first."""
    steps = range(-radius, radius + 1)
    offsets = [(y, x) for y in steps for x in steps if y * y + x * x <= radius * radius]
    return sorted(offsets, key=lambda offset: offset[0] ** 2 + offset[1] ** 2)
