"""The objects of a set of images with their surroundings, and what a model makes of them."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from mmseg_ext.evaluation.context.ring import RING_SHARE, ring_shares


@dataclass(frozen=True)
class ObjectTable:
    """The objects of a set of images.

    Attributes:
        classes: The C class names.
        labels: Class of each object, int64 (N,).
        rings: Pixels of each class in the ring around each object, int64 (N, C).
        predicted: Pixels of each object by the class that they are predicted as, int64 (N, C);
            zeros without a model.
    """

    classes: tuple[str, ...]
    labels: np.ndarray
    rings: np.ndarray
    predicted: np.ndarray

    @cached_property
    def beside(self) -> np.ndarray:
        """Which classes cover more than 5 % of the ring of each object, bool (N, C)."""
        return ring_shares(self.rings) > RING_SHARE

    @cached_property
    def recall(self) -> np.ndarray:
        """Share of the pixels of each object that are predicted as its class, float64 (N,)."""
        right = np.take_along_axis(self.predicted, self.labels[:, None], axis=1)[:, 0]
        return right / np.maximum(self.predicted.sum(1), 1)

    def of_class(self, label: int) -> 'ObjectTable':
        """Return the objects of one class."""
        chosen = self.labels == label
        return replace(
            self,
            labels=self.labels[chosen],
            rings=self.rings[chosen],
            predicted=self.predicted[chosen],
        )
