"""Context gap: what the IoU of each class loses where its usual context is broken."""

from dataclasses import dataclass

import numpy as np

from mmseg_ext.evaluation.intervals import resampled_scores
from mmseg_ext.evaluation.scores import ClassScores, mean_of_present


@dataclass(frozen=True)
class ContextGap:
    """IoU in context and out of it, fractions, of one pair of image sets or of a stack.

    Attributes:
        kept: IoU on the images with the context of the training set, shape (..., C).
        broken: IoU on the images whose context is another, shape (..., C).

    A class that is not labelled in a set has no IoU there, whether it is predicted or not: NaN.
    """

    kept: np.ndarray
    broken: np.ndarray

    @property
    def gap(self) -> np.ndarray:
        """IoU in context minus IoU out of it, shape (..., C); NaN where one of them is."""
        return self.kept - self.broken

    @property
    def mean_gap(self) -> np.ndarray:
        """Mean over the classes that have one, shape (...)."""
        return mean_of_present(self.gap)


def context_gap(kept: np.ndarray, broken: np.ndarray) -> ContextGap:
    """Score confusion matrices of the images in context, (N, C, C), and out of it, (M, C, C)."""
    scores = (ClassScores.from_confusion(each.sum(0)) for each in (kept, broken))
    return ContextGap(*(each.iou_of_labelled for each in scores))


def resampled_context_gap(
    kept: np.ndarray, broken: np.ndarray, draws: tuple[np.ndarray, np.ndarray]
) -> ContextGap:
    """Score resamples of both sets of images.

    Args:
        kept: Confusion matrices of the images in context, shape (N, C, C).
        broken: Of those out of it, shape (M, C, C).
        draws: How often each image of either was drawn, shapes (R, N) and (R, M), independently of
            each other. The same draws for two models make them a pair in each resample.
    """
    scores = [
        resampled_scores(each, drawn).iou_of_labelled
        for each, drawn in zip((kept, broken), draws, strict=True)
    ]
    return ContextGap(*scores)
