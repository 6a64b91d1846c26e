"""The prediction of one image."""

from collections.abc import Callable
from functools import cached_property

import numpy as np
from torch import Tensor

from mmseg_ext.prediction.drawing import OPACITY, colour_of_classes, overlay, side_by_side


class Prediction:
    """What a model predicts for an image, at the size of the image.

    Attributes:
        classes: Class ids, int64, shape (H, W).
        image: The image, uint8 (H, W, 3), BGR.
        names: The name of each class.
        palette: The colour of each class, uint8 (C, 3), RGB.
    """

    def __init__(
        self,
        classes: np.ndarray,
        image: np.ndarray,
        names: tuple[str, ...],
        palette: np.ndarray,
        probabilities: Callable[[], Tensor],
    ) -> None:
        self.classes = classes
        self.image = image
        self.names = names
        self.palette = palette
        self._probabilities = probabilities

    @cached_property
    def probabilities(self) -> np.ndarray:
        """The probability of each class, float32, shape (C, H, W); computed when asked for.

        Of a calibrated checkpoint with the scale of its logits, so that they are as sure as they
        are right. With test-time augmentation the mean over all versions of the image.
        """
        return self._probabilities().cpu().numpy()

    @property
    def shares(self) -> np.ndarray:
        """The share of the pixels of each class, float64, shape (C,), from 0 to 1."""
        counts = np.bincount(self.classes.ravel(), minlength=len(self.names))
        return counts / self.classes.size

    def colours(self) -> np.ndarray:
        """Draw the classes in their colours, uint8 (H, W, 3), BGR."""
        return colour_of_classes(self.classes, self.palette)

    def overlay(self, opacity: float = OPACITY) -> np.ndarray:
        """Draw the classes over the image, uint8 (H, W, 3), BGR.

        Args:
            opacity: Of the classes, from 0, which shows the image alone, to 1.

        Raises:
            ValueError: It is not from 0 to 1.
        """
        if not 0 <= opacity <= 1:
            raise ValueError(f'opacity must be from 0 to 1, it is {opacity}')
        return overlay(self.image, self.colours(), opacity)

    def side_by_side(self) -> np.ndarray:
        """Draw the image and the classes beside each other, uint8 (H, 2 W, 3), BGR."""
        return side_by_side(self.image, self.colours())
