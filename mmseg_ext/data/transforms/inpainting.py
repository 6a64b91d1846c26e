"""Objects taken out of an image, and what stood behind them guessed from around."""

import math

import cv2
import numpy as np

from mmseg_ext.data.transforms.cutouts import Cutout

_MARGIN = 6
_LONGEST = 32
_RADIUS = 3
_RIM = np.ones((3, 3), np.uint8)


def remove_object(image: np.ndarray, cutout: Cutout) -> tuple[tuple[slice, slice], np.ndarray]:
    """Inpaint an object, in place.

    A rim of one pixel around it goes too: at its edge, colours are mixed with its own. Only its box
    and a margin of a few pixels are looked at, at a reduced size where the box is larger than 32
    pixels: what is put there is a guess, to be ignored, and the time would grow with its area.

    Args:
        image: uint8 (H, W, 3); the object is inpainted in it.
        cutout: The object.

    Returns:
        The box that was looked at, and which of its pixels are inpainted, bool.

    Source: Bertalmio, Bertozzi and Sapiro, CVPR 2001, as OpenCV's INPAINT_NS; the rest is our
    decision.
    """
    height, width = cutout.mask.shape
    top, left = max(cutout.top - _MARGIN, 0), max(cutout.left - _MARGIN, 0)
    box = np.s_[top : cutout.top + height + _MARGIN, left : cutout.left + width + _MARGIN]
    part = image[box]
    mask = np.zeros(part.shape[:2], bool)
    row, column = cutout.top - top, cutout.left - left
    mask[row : row + height, column : column + width] = cutout.mask
    hole: np.ndarray = cv2.dilate(mask.view(np.uint8), _RIM)
    shrink = math.ceil(max(hole.shape) / _LONGEST)
    guess = _inpainted(part, hole) if shrink == 1 else _inpainted_small(part, hole, shrink)
    removed = hole.view(bool)
    part[removed] = guess[removed]
    return box, removed


def _inpainted(part: np.ndarray, hole: np.ndarray) -> np.ndarray:
    return cv2.inpaint(part, hole, _RADIUS, cv2.INPAINT_NS)


def _inpainted_small(part: np.ndarray, hole: np.ndarray, shrink: int) -> np.ndarray:
    height, width = hole.shape
    size = (math.ceil(width / shrink), math.ceil(height / shrink))
    small = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    # A small pixel of which any part is of the object has its colour.
    small_hole = cv2.resize(hole * 255, size, interpolation=cv2.INTER_AREA) > 0
    filled = _inpainted(small, small_hole.view(np.uint8))
    return cv2.resize(filled, (width, height), interpolation=cv2.INTER_LINEAR)
