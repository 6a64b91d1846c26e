"""How well the boundary tasks do, as counts that add up over images.

One image gives an integer vector or matrix; the sum over images gives the figure.
"""

import cv2
import numpy as np

from mmseg_ext.evaluation import confusion_matrix


def edge_counts(prediction: np.ndarray, target: np.ndarray, tolerance: float = 2.0) -> np.ndarray:
    """Count the predicted and the true edge pixels that have a partner.

    A pixel has a partner when one of the other map lies within `tolerance`, Euclidean. Several
    may share one, unlike in the BSDS benchmark, whose bijective matching takes seconds an image
    (our decision). Predicted edges on ignored pixels do not count.

    Args:
        prediction: (H, W), non-zero = edge.
        target: (H, W) uint8: 0, 1, 255 = ignored.
        tolerance: Greatest distance of partners, in pixels.

    Returns:
        (4,) int64: matched predictions, predictions, matched targets, targets.

    Raises:
        ValueError: The maps differ in shape.
    """
    if prediction.shape != target.shape:
        raise ValueError(f'prediction {prediction.shape} and target {target.shape} differ in shape')
    predicted = (prediction != 0) & (target != 255)
    true = target == 1
    return np.array(
        [
            np.count_nonzero(predicted & _near(true, tolerance)),
            np.count_nonzero(predicted),
            np.count_nonzero(true & _near(predicted, tolerance)),
            np.count_nonzero(true),
        ]
    )


def _near(mask: np.ndarray, tolerance: float) -> np.ndarray:
    if not mask.any():
        return np.zeros_like(mask)
    return (
        cv2.distanceTransform((~mask).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        <= tolerance + 1e-3
    )


def edge_scores(counts: np.ndarray) -> dict[str, float]:
    """Return precision, recall and F-measure in percent from summed `edge_counts`.

    A ratio without pixels is nan; the F-measure is 0 where edges were missed or invented
    entirely, nan where there were none and none was predicted.
    """
    matched, predicted, found, true = (float(count) for count in counts)
    precision = matched / predicted if predicted else float('nan')
    recall = found / true if true else float('nan')
    if not predicted and not true:
        f_measure = float('nan')
    elif not matched:
        f_measure = 0.0
    else:
        f_measure = 2 * precision * recall / (precision + recall)
    return dict(precision=100 * precision, recall=100 * recall, F=100 * f_measure)


def contour_scores(matrix: np.ndarray) -> dict[str, float]:
    """Return the mean IoU in percent of the C contour classes, background left out.

    Args:
        matrix: Summed confusion matrix, (C+1, C+1), rows true, the last class being background.
    """
    hits = np.diag(matrix)
    union = matrix.sum(0) + matrix.sum(1) - hits
    seen = union[:-1] > 0
    iou = hits[:-1][seen] / union[:-1][seen]
    return dict(mIoU=100 * float(iou.mean()) if seen.any() else float('nan'))


def distance_counts(
    prediction: np.ndarray, target: np.ndarray, tolerance: float = 0.1
) -> np.ndarray:
    """Count the instance pixels whose distance is right.

    Stuff is left out: on most frames a constant 0 would be nearly always right.

    Args:
        prediction: (H, W): levels (integer) or fractions (float).
        target: (H, W) of the same kind: 255 (levels) or negative (fractions) is ignored.
        tolerance: Greatest error of a right fraction. Levels must be equal.

    Returns:
        (2,) int64: right pixels, pixels of instances.
    """
    if target.dtype.kind == 'f':
        inside = target > 0
        right = np.abs(prediction - target) <= tolerance
    else:
        inside = (target > 0) & (target != 255)
        right = prediction == target
    return np.array([np.count_nonzero(right & inside), np.count_nonzero(inside)])


def distance_scores(counts: np.ndarray) -> dict[str, float]:
    """Return the accuracy in percent from summed `distance_counts`, nan without instances."""
    return dict(accuracy=100 * float(counts[0] / counts[1]) if counts[1] else float('nan'))


def contour_counts(prediction: np.ndarray, target: np.ndarray, num_classes: int) -> np.ndarray:
    """Return the confusion matrix of two contour maps (H, W), int64 (C+1, C+1)."""
    return confusion_matrix(prediction, target, num_classes + 1)
