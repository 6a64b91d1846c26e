"""The confusion matrix of one image: the only thing that is ever counted."""

from typing import Any

import cv2
import numpy as np

# OpenCV counts in float32, which is exact up to 2**24.
_EXACT_PIXELS = 2**24
# 16-bit labels leave one id to ignore.
_MOST_CLASSES = 2**16 - 1


def confusion_matrix(
    pred: np.ndarray, label: np.ndarray, num_classes: int, ignore_index: int = 255
) -> np.ndarray:
    """Count the pixels of every pair of true and predicted class.

    Args:
        pred: Predicted class ids, any integer dtype, shape (H, W).
        label: True class ids, likewise.
        num_classes: Number of classes C; 1 to 65535.
        ignore_index: Label of the pixels to leave out. A class that is ignored has zeros; of
            more than 255 classes none can be, for there 255, the default, would be one of them.

    Returns:
        int64, shape (C, C), rows true, columns predicted.

    Raises:
        ValueError: If the shapes differ, an id that counts is outside 0..C-1, C is out of its
            range, or more than 255 classes leave no id to ignore. What is predicted where the label
            is ignored does not count and may be anything.

    Source: our decision (OpenCV's joint histogram).

    Example:
        >>> label = np.array([[0, 0, 1], [1, 255, 2]], np.uint8)
        >>> pred = np.array([[0, 1, 1], [1, 2, 0]], np.uint8)
        >>> confusion_matrix(pred, label, 3)
        array([[1, 1, 0],
               [0, 2, 0],
               [1, 0, 0]])
    """
    check_sizes(pred, label)
    check_classes(num_classes, ignore_index)
    if num_classes > 256 or not (_fits_in_bytes(pred) and _fits_in_bytes(label)):
        counted = label != ignore_index
        return _count_pairs(pred[counted], label[counted], num_classes)
    joint = _joint_histogram(pred, label)
    if 0 <= ignore_index < 256:
        joint[ignore_index] = 0
    matrix = joint[:num_classes, :num_classes].copy()
    if joint.sum() != matrix.sum():
        refuse_ids(np.flatnonzero(joint.sum(1)), np.flatnonzero(joint.sum(0)), num_classes)
    return matrix


def check_classes(num_classes: int, ignore_index: int) -> None:
    """Raise a ValueError where so many classes cannot be counted, or would lose one."""
    if not 1 <= num_classes <= _MOST_CLASSES:
        raise ValueError(f'{num_classes} classes, allowed are 1 to {_MOST_CLASSES}')
    if num_classes > 255 and 0 <= ignore_index < num_classes:
        raise ValueError(
            f'ignore_index={ignore_index} is one of the {num_classes} classes, which would not be '
            'counted; give an id that no class has, such as -1, or 65535 for 16-bit labels'
        )


def _fits_in_bytes(ids: np.ndarray) -> bool:
    return ids.dtype == np.uint8 or (ids.size > 0 and ids.min() >= 0 and ids.max() < 256)


def _joint_histogram(pred: np.ndarray, label: np.ndarray) -> np.ndarray:
    pred = np.ascontiguousarray(pred, dtype=np.uint8)
    label = np.ascontiguousarray(label, dtype=np.uint8)
    joint = np.zeros((256, 256), np.int64)
    rows = max(1, _EXACT_PIXELS // max(1, pred.shape[1]))
    for top in range(0, pred.shape[0], rows):
        maps = [label[top : top + rows], pred[top : top + rows]]
        counts = cv2.calcHist(maps, [0, 1], None, [256, 256], [0, 256, 0, 256])
        joint += counts.astype(np.int64)
    return joint


def _count_pairs(pred: np.ndarray, label: np.ndarray, num_classes: int) -> np.ndarray:
    for ids in (label, pred):
        if ids.size and (ids.min() < 0 or ids.max() >= num_classes):
            refuse_ids(np.unique(label), np.unique(pred), num_classes)
    pairs = label.astype(np.int64) * num_classes + pred.astype(np.int64)
    return np.bincount(pairs, minlength=num_classes**2).reshape(num_classes, num_classes)


def check_sizes(pred: Any, label: Any) -> None:
    """Raise a ValueError where two arrays or tensors are not maps of one size."""
    if pred.shape != label.shape or pred.ndim != 2:
        raise ValueError(
            f'prediction and label must be maps of one size, got {tuple(pred.shape)} '
            f'and {tuple(label.shape)}'
        )


def refuse_ids(label_ids: np.ndarray, pred_ids: np.ndarray, num_classes: int) -> None:
    """Raise the ValueError that names the ids outside 0..C-1 among those found."""
    found = [
        f'{name} ids {sorted(int(i) for i in ids if not 0 <= i < num_classes)}'
        for name, ids in (('label', label_ids), ('predicted', pred_ids))
        if any(not 0 <= i < num_classes for i in ids)
    ]
    raise ValueError(f'{" and ".join(found)} outside 0..{num_classes - 1}')
