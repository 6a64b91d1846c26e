"""The surroundings of an object: the classes in a ring around it."""

import cv2
import numpy as np

RING_WIDTH = 10
"""Pixels from an object within which its surroundings lie."""

RING_SHARE = 0.05
"""Share of a ring beyond which a class is part of the surroundings."""

IGNORE_INDEX = 255


def ring_counts(labels: np.ndarray, mask: np.ndarray, top: int, left: int) -> np.ndarray:
    """Count the labels of the pixels around an object.

    Those that are at most 10 pixels away in rows and in columns from a pixel of the object, but not
    of it; ignored pixels are not counted.

    Args:
        labels: uint8 (H, W), 255 = ignored.
        mask: The pixels of the object, bool (h, w).
        top: Row of the mask's corner in the frame; the mask must lie inside.
        left: Its column.

    Returns:
        int64 (256,), the pixels of each label.

    Source: our decision.
    """
    height, width = mask.shape
    above, before = min(RING_WIDTH, top), min(RING_WIDTH, left)
    below = min(RING_WIDTH, labels.shape[0] - top - height)
    behind = min(RING_WIDTH, labels.shape[1] - left - width)
    own = np.pad(mask, ((above, below), (before, behind)))
    reach = np.ones((2 * RING_WIDTH + 1,) * 2, np.uint8)
    ring = cv2.dilate(own.view(np.uint8), reach).view(bool) & ~own
    around = labels[top - above : top + height + below, left - before : left + width + behind]
    counts = np.bincount(around[ring], minlength=256)
    counts[IGNORE_INDEX] = 0
    return counts


def ring_shares(counts: np.ndarray) -> np.ndarray:
    """Turn counts of rings, shape (..., 256 or C), into shares; zeros where nothing is counted."""
    return counts / np.maximum(counts.sum(-1, keepdims=True), 1)


def ring_difference(counts: np.ndarray, others: np.ndarray) -> float:
    """Return how much the surroundings of two objects differ.

    Args:
        counts: Of :func:`ring_counts`, shape (256,).
        others: Likewise.

    Returns:
        The total variation between the shares of the classes, 0 to 1; 1 where either has nothing
        that is labelled around it.
    """
    if not counts.any() or not others.any():
        return 1.0
    return float(np.abs(ring_shares(counts) - ring_shares(others)).sum() / 2)
