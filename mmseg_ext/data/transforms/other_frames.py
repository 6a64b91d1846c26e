"""Reading the other frames of a data set, from which objects are taken."""

import mmcv
import numpy as np

from mmseg_ext.common.errors import DataError
from mmseg_ext.data.reading.bit_depth import check_8bit_image
from mmseg_ext.data.reading.readers import check_image_file


def read_image_of(image_path: str, label_path: str, labels: np.ndarray) -> np.ndarray:
    """Read the image of another frame whose labels are known.

    Args:
        image_path: The image's file.
        label_path: The label file, for the message.
        labels: Its labels, (H, W).

    Returns:
        uint8 (H, W, 3), BGR.

    Raises:
        DataError: The image is unreadable, not of 8 bits, or of another size than its labels.
    """
    check_image_file(image_path)
    check_8bit_image(image_path)
    image = mmcv.imread(image_path)
    if image.shape[:2] != labels.shape:
        raise DataError(
            f'{label_path}: labels are {labels.shape} pixels (height, width), but '
            f'{image_path} is {image.shape[:2]}'
        )
    return image
