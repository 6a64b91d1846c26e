"""Scores on the pixels near class boundaries: Boundary IoU and trimap IoU, as counts.

Distances here run along the longer axis (Chebyshev), as the repeated 3x3 erosions of the code that
was released with Boundary IoU measure them. Neither an ignored pixel nor the border of the image is
another class: they make no boundary, and ignored pixels never count. That code does take the border
of the image for a boundary; ours does not, since nothing is known beyond it (our decision).
"""

import cv2
import numpy as np

from mmseg_ext.evaluation.confusion import confusion_matrix

VOID = 255
"""What stands for an ignored pixel in the maps of this module."""

MAX_CLASSES = 254
"""255 is void, and one id must be left for the pixels beyond a band."""


def known_maps(
    pred: np.ndarray, label: np.ndarray, num_classes: int, ignore_index: int = 255
) -> tuple[np.ndarray, np.ndarray]:
    """Check two class maps and blank both where the label is ignored.

    Args:
        pred: Predicted class ids, any integer dtype, shape (H, W).
        label: True class ids, likewise.
        num_classes: Number of classes C; 1 to 254.
        ignore_index: Label of the pixels to leave out.

    Returns:
        tuple[np.ndarray, np.ndarray]: Both as uint8, :data:`VOID` where the label is ignored.

    Raises:
        ValueError: If the shapes differ, an id that counts is outside 0..C-1, or C is.
    """
    if pred.shape != label.shape or pred.ndim != 2:
        raise ValueError(
            f'prediction and label must be maps of one size, got {pred.shape} and {label.shape}'
        )
    if not 1 <= num_classes <= MAX_CLASSES:
        raise ValueError(f'num_classes must be 1 to {MAX_CLASSES}, got {num_classes}')
    ignored = label == ignore_index
    maps = []
    for name, ids in (('predicted', pred), ('label', label)):
        ids = np.where(ignored, 0, ids)
        if ids.size and (ids.min() < 0 or ids.max() >= num_classes):
            raise ValueError(
                f'{name} ids from {ids.min()} to {ids.max()}, allowed are 0..{num_classes - 1}'
            )
        ids = ids.astype(np.uint8)
        ids[ignored] = VOID
        maps.append(ids)
    return maps[0], maps[1]


def boundary_band(ids: np.ndarray, radius: int) -> np.ndarray:
    """Find the pixels that have a pixel of another class within a radius.

    It is the union over the classes of "mask minus its erosion", got for all classes at once:
    only in a window of one class are its smallest and its largest id the same.

    Args:
        ids: Class ids, uint8, shape (H, W), :data:`VOID` = ignored.
        radius: In pixels, at least 1, along the longer axis; 1 marks the pixels that touch
            another class, on either side.

    Returns:
        np.ndarray: bool, shape (H, W), false on ignored pixels.
    """
    window = np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)
    void = ids == VOID
    # OpenCV lets what lies beyond the image decide neither minimum nor maximum.
    smallest = cv2.erode(ids, window)
    largest = cv2.dilate(np.where(void, np.uint8(0), ids), window)
    return ((smallest != ids) | (largest != ids)) & ~void


def boundary_iou_counts(
    pred: np.ndarray, label: np.ndarray, num_classes: int, radius: int
) -> np.ndarray:
    """Count, class by class, what Boundary IoU is made of.

    With G_d the pixels of a true mask within distance d of its boundary, and P_d those of the
    predicted one, Boundary IoU is |G_d and P_d| / |G_d or P_d|.

    Args:
        pred: Predicted class ids as :func:`known_maps` returns them.
        label: True class ids, likewise.
        num_classes: Number of classes C.
        radius: d in pixels.

    Returns:
        np.ndarray: int64, shape (3, C): |G_d and P_d|, |G_d|, |P_d|. They add up over images.

    Source: Cheng, Girshick, Dollar, Berg, Kirillov, CVPR 2021, equation 1; counted over all images
    instead of averaged over objects, as IoU is in semantic segmentation.
    """
    return _banded_iou_counts(
        np.where(boundary_band(pred, radius) | (pred == VOID), pred, np.uint8(num_classes)),
        np.where(boundary_band(label, radius) | (label == VOID), label, np.uint8(num_classes)),
        num_classes,
    )


def _banded_iou_counts(pred: np.ndarray, label: np.ndarray, num_classes: int) -> np.ndarray:
    # Beyond the bands stands an additional class, so that one matrix has all three counts.
    return _iou_counts(confusion_matrix(pred, label, num_classes + 1, VOID))[:, :num_classes]


def trimap_counts(pred: np.ndarray, label: np.ndarray, num_classes: int, radius: int) -> np.ndarray:
    """Count, class by class, what IoU is made of within a band around the true boundaries.

    Args:
        pred: Predicted class ids as :func:`known_maps` returns them.
        label: True class ids, likewise.
        num_classes: Number of classes C.
        radius: Pixels of the band on each side of a boundary: half of the trimap's width.

    Returns:
        np.ndarray: int64, shape (3, C): right, labelled and predicted pixels in the band. They add
        up over images.

    Source: Kohli, Ladicky, Torr, IJCV 82, 2009, section 5; Kraehenbuehl & Koltun, NIPS 2011,
    section 5.
    """
    near = np.where(boundary_band(label, radius), label, np.uint8(VOID))
    return _iou_counts(confusion_matrix(pred, near, num_classes, VOID))


def _iou_counts(matrix: np.ndarray) -> np.ndarray:
    return np.stack([np.diagonal(matrix), matrix.sum(1), matrix.sum(0)])
