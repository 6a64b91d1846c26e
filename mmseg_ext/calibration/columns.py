"""Logits and labels of pixels, checked, in the order in which they are computed with."""

from typing import Any

import numpy as np


def columns_of(logits: Any, labels: Any) -> tuple[np.ndarray, np.ndarray]:
    """Check logits and labels, and lay the logits out class by class.

    Args:
        logits: Of N labelled pixels, shape (N, C), C >= 2; an array, or a tensor on the CPU.
            Nothing is copied where it is the transpose of a contiguous float32 array (C, N).
        labels: Class ids, shape (N,); no ignored pixels.

    Returns:
        float32, shape (C, N), contiguous; and int64, shape (N,).

    Raises:
        ValueError: If the shapes do not belong together, there is no pixel, a logit is not finite,
            or an id is outside 0..C-1.
    """
    values, ids = np.asarray(logits), np.asarray(labels)
    if values.ndim != 2 or ids.shape != values.shape[:1] or values.shape[1] < 2 or not len(ids):
        raise ValueError(
            f'logits {values.shape} and labels {ids.shape}: give (N, C) and (N,), N >= 1 pixels '
            'and C >= 2 classes; of one logit z the classes are (0, z)'
        )
    columns = np.ascontiguousarray(values.T, np.float32)
    if not all(np.isfinite(row.sum(dtype=np.float64)) for row in columns):
        raise ValueError('logits are NaN or infinite')
    ids = ids.astype(np.int64, copy=False)
    if ids.min() < 0 or ids.max() >= len(columns):
        raise ValueError(
            f'labels from {ids.min()} to {ids.max()}, but there are {len(columns)} classes; leave '
            'ignored pixels out'
        )
    return columns, ids
