"""Draws predictions: pure functions from arrays to BGR images."""

import cv2
import numpy as np

OPACITY = 0.5


def colour_of_classes(classes: np.ndarray, palette: np.ndarray) -> np.ndarray:
    """Draw class ids in their colours.

    Args:
        classes: Any integer dtype, shape (H, W).
        palette: uint8 (C, 3), RGB.

    Returns:
        uint8 (H, W, 3), BGR.
    """
    return np.ascontiguousarray(palette[:, ::-1])[classes]


def overlay(image: np.ndarray, colours: np.ndarray, opacity: float = OPACITY) -> np.ndarray:
    """Lay colours over an image.

    Args:
        image: uint8 (H, W, 3), BGR.
        colours: Likewise, of the same size.
        opacity: Their share of the sum, from 0 to 1.

    Returns:
        uint8 (H, W, 3), BGR.
    """
    return cv2.addWeighted(image, 1 - opacity, colours, opacity, 0)


def side_by_side(image: np.ndarray, colours: np.ndarray) -> np.ndarray:
    """Put an image and its colours beside each other, uint8 (H, 2 W, 3), BGR."""
    return np.concatenate([image, colours], axis=1)
