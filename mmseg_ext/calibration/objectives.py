"""What a calibration shall raise."""

from collections.abc import Sequence

import numpy as np

from mmseg_ext.evaluation.scores import ClassScores, mean_of_present

OBJECTIVES = ('mIoU', 'tail_mIoU', 'mAcc', 'nll')
"""`nll` is the mean cross-entropy of the calibrated probabilities, which shall fall."""


def means_of(scores: ClassScores, tail: Sequence[int] = ()) -> dict[str, np.ndarray]:
    """Return the means of scores by name, as fractions, shape (...) each.

    Args:
        scores: Of shape (..., C).
        tail: Ids of the rare classes; without them there is no `tail_mIoU`.

    Returns:
        Means over the classes that are labelled: others have nothing to win. `aAcc` is the share
        of all pixels that are right.
    """
    iou = scores.iou_of_labelled
    means = {'mIoU': mean_of_present(iou)}
    if len(tail):
        means['tail_mIoU'] = mean_of_present(iou[..., list(tail)])
    return means | {'mAcc': scores.mean_accuracy, 'aAcc': scores.pixel_accuracy}
