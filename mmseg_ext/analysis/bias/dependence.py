"""Class dependence: what every class loses when one of them is suppressed in feature space."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mmseg_ext.evaluation.intervals import resampled_sums
from mmseg_ext.evaluation.scores import ClassScores, mean_of_present


def counts_beside(matrices: np.ndarray) -> np.ndarray:
    """Count what IoU is made of while a class is suppressed, on the pixels of the other classes.

    The pixels of the suppressed class must become something else, which costs the classes that
    they become: that says nothing about what those classes need, so they are left out, as the loss
    of class suppression leaves them out. The suppressed class itself is counted on all pixels.

    Args:
        matrices: Confusion matrices, int, rows true, shape (..., C, C, C); the third
            last axis is the suppressed class.

    Returns:
        np.ndarray: int, shape (..., C, 3, C): right, labelled and predicted pixels of each class
        (last axis). They add up over images.

    Source: our decision; leaving the pixels out is y' of arXiv 2111.00531.
    """
    its_pixels = np.einsum('...aab->...ab', matrices)
    others = ~np.eye(matrices.shape[-1], dtype=bool)
    predicted = matrices.sum(-2) - np.where(others, its_pixels, 0)
    hits = np.diagonal(matrices, axis1=-2, axis2=-1)
    return np.stack([hits, matrices.sum(-1), predicted], axis=-2)


@dataclass(frozen=True)
class ClassDependence:
    """The class-dependence matrix of one set of images, or of a stack of sets.

    Args:
        plain: :func:`counts_beside` of the unchanged predictions, summed over images,
            shape (..., C, 3, C).
        suppressed: Of the predictions while each class is suppressed, likewise.
    """

    plain: np.ndarray
    suppressed: np.ndarray

    @cached_property
    def change(self) -> np.ndarray:
        """Change of IoU of class b (last axis) when class a (before it) is suppressed.

        A fraction, float64, shape (..., C, C), negative for a loss; NaN where b is not labelled.
        """
        before, after = (
            ClassScores(*np.moveaxis(counts, -2, 0)).iou for counts in (self.plain, self.suppressed)
        )
        return np.where(self.plain[..., 1, :] > 0, after - before, np.nan)

    @property
    def on_others(self) -> np.ndarray:
        """Mean absolute change of the other classes for each suppressed one, shape (..., C)."""
        own = np.eye(self.change.shape[-1], dtype=bool)
        return mean_of_present(np.where(own, np.nan, np.abs(self.change)))

    @property
    def off_diagonal(self) -> np.ndarray:
        """Mean absolute change over all pairs of different classes, shape (...)."""
        change = self.change
        own = np.eye(change.shape[-1], dtype=bool)
        pairs = np.where(own, np.nan, np.abs(change))
        return mean_of_present(pairs.reshape(*pairs.shape[:-2], -1))

    @property
    def on_itself(self) -> np.ndarray:
        """Change of the suppressed class's own IoU, shape (..., C)."""
        return np.diagonal(self.change, axis1=-2, axis2=-1)


def resampled_dependence(
    plain: np.ndarray, suppressed: np.ndarray, draws: np.ndarray
) -> ClassDependence:
    """Sum the counts of every resample of the images.

    Args:
        plain: :func:`counts_beside` of every image, shape (N, C, 3, C).
        suppressed: Likewise.
        draws: How often each image was drawn, shape (R, N).

    Returns:
        ClassDependence: Of shape (R, C, C).
    """
    labelled = plain[:, 0, 1]
    return ClassDependence(
        *(resampled_sums(counts, labelled, draws) for counts in (plain, suppressed))
    )
