"""An object brought to the place of another one."""

from typing import NamedTuple

import cv2
import numpy as np

from mmseg_ext.data.transforms.cutouts import Cutout


class Pixels(NamedTuple):
    """An object cut out of its frame: ``image``, uint8 (h, w, 3), and ``mask``, bool (h, w)."""

    image: np.ndarray
    mask: np.ndarray


def fit_in(donor: Pixels, target: Cutout, frame_width: int) -> tuple[tuple[slice, slice], Pixels]:
    """Bring an object to the place of another one: as high, on its ground line, centred.

    Args:
        donor: The object that comes.
        target: The one whose place it takes.
        frame_width: Width of the frame; what does not fit in at its sides is cut off.

    Returns:
        The place in the frame, and the pixels to put there.
    """
    height, width = target.mask.shape
    columns = max(round(donor.mask.shape[1] * height / donor.mask.shape[0]), 1)
    image, mask = _resized(donor, height, columns)
    left = target.left + (width - columns) // 2
    cut, end = max(-left, 0), min(columns, frame_width - left)
    place = np.s_[target.top : target.top + height, left + cut : left + end]
    return place, Pixels(image[:, cut:end], mask[:, cut:end])


def _resized(donor: Pixels, height: int, width: int) -> Pixels:
    if donor.mask.shape == (height, width):
        return donor
    size = (width, height)
    mask = cv2.resize(donor.mask.view(np.uint8), size, interpolation=cv2.INTER_NEAREST_EXACT)
    # Only its own pixels are mixed: the colours beside it would bring its old company along.
    way = cv2.INTER_AREA if height < donor.mask.shape[0] else cv2.INTER_LINEAR
    weight = donor.mask.astype(np.float32)
    colours = cv2.resize(donor.image * weight[..., None], size, interpolation=way)
    share = np.maximum(cv2.resize(weight, size, interpolation=way), 1e-6)
    return Pixels(np.rint(colours / share[..., None]).astype(np.uint8), mask.view(bool))
