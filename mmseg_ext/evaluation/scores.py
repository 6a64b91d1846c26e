"""Scores that follow from confusion matrices."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ClassScores:
    """Scores of one confusion matrix, or of a stack of them.

    All are fractions. A class without the pixels that a score divides by has none: NaN, left out of
    the means. So a class that is neither labelled nor predicted has no IoU, and one that is
    predicted but not labelled has an IoU of 0 and no accuracy.

    Args:
        hits: Pixels that are rightly predicted, shape (..., C).
        labelled: Labelled pixels, shape (..., C).
        predicted: Predicted pixels, shape (..., C).

    Example:
        >>> scores = ClassScores.from_confusion(np.array([[3, 1], [0, 4]]))
        >>> scores.iou
        array([0.75, 0.8 ])
    """

    hits: np.ndarray
    labelled: np.ndarray
    predicted: np.ndarray

    @classmethod
    def from_confusion(cls, matrix: np.ndarray) -> 'ClassScores':
        """Score matrices of shape (..., C, C) with rows true and columns predicted."""
        return cls(np.diagonal(matrix, axis1=-2, axis2=-1), matrix.sum(-1), matrix.sum(-2))

    @property
    def iou(self) -> np.ndarray:
        """Intersection over union, float64, shape (..., C)."""
        return share(self.hits, self.labelled + self.predicted - self.hits)

    @property
    def iou_of_labelled(self) -> np.ndarray:
        """IoU of the classes that are labelled, NaN of the others, predicted or not, (..., C)."""
        return np.where(self.labelled > 0, self.iou, np.nan)

    @property
    def accuracy(self) -> np.ndarray:
        """Share of the class's labelled pixels that are found (recall), shape (..., C)."""
        return share(self.hits, self.labelled)

    @property
    def precision(self) -> np.ndarray:
        """Share of the class's predicted pixels that are right, shape (..., C)."""
        return share(self.hits, self.predicted)

    @property
    def f1(self) -> np.ndarray:
        """Harmonic mean of precision and recall (Dice), shape (..., C).

        A labelled class that is never predicted has 0 here, as in mmseg's ``mDice``; mmseg's
        ``mFscore`` has NaN there and leaves it out of its mean.
        """
        return share(2 * self.hits, self.labelled + self.predicted)

    @property
    def pixel_accuracy(self) -> np.ndarray:
        """Share of all labelled pixels that are right, shape (...)."""
        return share(self.hits.sum(-1), self.labelled.sum(-1))

    @property
    def mean_iou(self) -> np.ndarray:
        """Mean IoU over the classes that have one, shape (...)."""
        return mean_of_present(self.iou)

    @property
    def mean_accuracy(self) -> np.ndarray:
        """Mean accuracy over the classes that have one, shape (...)."""
        return mean_of_present(self.accuracy)

    @property
    def mean_f1(self) -> np.ndarray:
        """Mean F1 over the classes that have one, shape (...)."""
        return mean_of_present(self.f1)

    @property
    def weighted_iou(self) -> np.ndarray:
        """IoU weighted by the labelled pixels (frequency-weighted IoU), shape (...)."""
        weighted = np.where(self.labelled > 0, self.iou, 0) * self.labelled
        return share(weighted.sum(-1), self.labelled.sum(-1))

    def mean_iou_of(self, classes: Sequence[int]) -> np.ndarray:
        """Mean IoU over those of the given class ids that have one, shape (...)."""
        return mean_of_present(self.iou[..., list(classes)])


def share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Divide counts, NaN where the divisor is 0."""
    nothing = np.full(np.shape(whole), np.nan)
    return np.divide(part, whole, out=nothing, where=np.asarray(whole) > 0)


def mean_of_present(values: np.ndarray) -> np.ndarray:
    """Mean over the last axis without NaN; NaN where nothing is left."""
    present = ~np.isnan(values)
    return share(np.where(present, values, 0).sum(-1), present.sum(-1))
