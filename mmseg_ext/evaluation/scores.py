"""Scores that follow from confusion matrices."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ClassScores:
    """Scores of one confusion matrix, or of a stack of them.

    All are fractions. A class with neither labelled nor predicted pixels has no IoU, and one
    without labelled pixels no accuracy: these are NaN and left out of the means.

    Attributes:
        iou (np.ndarray): Intersection over union, float64, shape (..., C).
        accuracy (np.ndarray): Share of the class's labelled pixels that are found (recall),
            float64, shape (..., C).
        pixel_accuracy (np.ndarray): Share of all labelled pixels that are right, shape (...).
    """

    iou: np.ndarray
    accuracy: np.ndarray
    pixel_accuracy: np.ndarray

    @classmethod
    def from_confusion(cls, matrix: np.ndarray) -> 'ClassScores':
        """Score matrices of shape (..., C, C) with rows true and columns predicted."""
        return cls.from_counts(
            np.diagonal(matrix, axis1=-2, axis2=-1), matrix.sum(-1), matrix.sum(-2)
        )

    @classmethod
    def from_counts(
        cls, hits: np.ndarray, labelled: np.ndarray, predicted: np.ndarray
    ) -> 'ClassScores':
        """Score counts of right, labelled and predicted pixels, each of shape (..., C)."""
        return cls(
            iou=_share(hits, labelled + predicted - hits),
            accuracy=_share(hits, labelled),
            pixel_accuracy=_share(hits.sum(-1), labelled.sum(-1)),
        )

    @property
    def mean_iou(self) -> np.ndarray:
        """Mean IoU over the classes that have one, shape (...)."""
        return _mean_of_present(self.iou)

    @property
    def mean_accuracy(self) -> np.ndarray:
        """Mean accuracy over the classes that have one, shape (...)."""
        return _mean_of_present(self.accuracy)


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    nothing = np.full(np.shape(whole), np.nan)
    return np.divide(part, whole, out=nothing, where=np.asarray(whole) > 0)


def _mean_of_present(values: np.ndarray) -> np.ndarray:
    present = ~np.isnan(values)
    return _share(np.where(present, values, 0).sum(-1), present.sum(-1))
