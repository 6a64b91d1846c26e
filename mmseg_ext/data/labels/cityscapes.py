"""Cityscapes' 19 classes, and the reader of its label files.

Cordts et al.: The Cityscapes dataset for semantic urban scene understanding, CVPR 2016.
"""

from pathlib import Path
from typing import Any

import numpy as np

from mmseg_ext.common.errors import DataError
from mmseg_ext.data.reading.readers import IGNORE_INDEX, map_ids, read_16bit, read_id_map
from mmseg_ext.evaluation.drive_patterns import CITYSCAPES

CLASSES = (
    'road', 'sidewalk', 'building', 'wall', 'fence', 'pole', 'traffic light', 'traffic sign',
    'vegetation', 'terrain', 'sky', 'person', 'rider', 'car', 'truck', 'bus', 'train', 'motorcycle',
    'bicycle',
)  # fmt: skip
PALETTE = [
    [128, 64, 128], [244, 35, 232], [70, 70, 70], [102, 102, 156], [190, 153, 153], [153, 153, 153],
    [250, 170, 30], [220, 220, 0], [107, 142, 35], [152, 251, 152], [70, 130, 180], [220, 20, 60],
    [255, 0, 0], [0, 0, 142], [0, 0, 70], [0, 60, 100], [0, 80, 100], [0, 0, 230], [119, 11, 32],
]  # fmt: skip
THING_CLASSES = ('person', 'rider', 'car', 'truck', 'bus', 'train', 'motorcycle', 'bicycle')

METAINFO: dict[str, Any] = dict(
    classes=CLASSES, palette=PALETTE, thing_classes=THING_CLASSES, drive_pattern=CITYSCAPES
)

TRAIN_IDS = '_gtFine_labelTrainIds.png'
LABEL_IDS = '_gtFine_labelIds.png'
LABEL_ENDINGS = ('_gtFine_labelTrainIds', '_gtFine_labelIds')
_INSTANCE_IDS = '_gtFine_instanceIds.png'
_FIRST_INSTANCE = 1000
_TABLE = {**{class_id: class_id for class_id in range(19)}, IGNORE_INDEX: IGNORE_INDEX}
# The official labels, 34 of which 19 are scored, in the order of the training ids.
_SCORED = (7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33)
_TABLE_OF_LABEL_IDS = {
    **dict.fromkeys(range(34), IGNORE_INDEX),
    **{label_id: train_id for train_id, label_id in enumerate(_SCORED)},
}


def frame_of(stem: str) -> str:
    """Return the frame of an image, a label file or a prediction: ``aachen_000000_000019``."""
    for ending in (*LABEL_ENDINGS, '_leftImg8bit'):
        stem = stem.removesuffix(ending)
    return stem


def read_label_ids(path: str | Path, with_instances: bool = True) -> tuple[np.ndarray, None]:
    """Read a map of the official ids 0 to 33, whatever it is called.

    Args:
        path: 8-bit PNG.
        with_instances: Without effect: the instances are in other files.

    Returns:
        uint8 array (H, W) of training ids 0 to 18, 255 for what is not scored; and None.

    Raises:
        DataError: If the file is unreadable or holds another id.
    """
    return map_ids(read_id_map(path), _TABLE_OF_LABEL_IDS, path), None


def read_cityscapes_labels(
    path: str | Path, with_instances: bool = True
) -> tuple[np.ndarray, np.ndarray | None]:
    """Read the labels and instances of a Cityscapes frame.

    Args:
        path: ``*_gtFine_labelIds.png`` as it is in the download, which is mapped to training ids,
            or 8-bit training ids, as ``*_gtFine_labelTrainIds.png``; ``*_gtFine_instanceIds.png``,
            16-bit, lies beside it.
        with_instances: Whether to read the instance map.

    Returns:
        uint8 array (H, W) of training ids 0 to 18 and 255; and, if asked for, int32 (H, W): labelId
        · 1000 + instance for single objects, 0 elsewhere (also where a group is labelled as one).

    Raises:
        DataError: If a file is unreadable, has another encoding or holds another id.
    """
    name = str(path)
    table = _TABLE_OF_LABEL_IDS if name.endswith(LABEL_IDS) else _TABLE
    labels = map_ids(read_id_map(path), table, path)
    if not with_instances:
        return labels, None
    suffix = next((each for each in (TRAIN_IDS, LABEL_IDS) if name.endswith(each)), None)
    if suffix is None:
        raise DataError(
            f'{path}: instances are found only beside files named *{LABEL_IDS} or *{TRAIN_IDS}'
        )
    instances_path = name.removesuffix(suffix) + _INSTANCE_IDS
    values = read_16bit(instances_path, channels=1).astype(np.int32)
    if values.shape != labels.shape:
        raise DataError(
            f'{instances_path}: {values.shape[1]}x{values.shape[0]} pixels, but {path} '
            f'is {labels.shape[1]}x{labels.shape[0]}'
        )
    return labels, np.where(values >= _FIRST_INSTANCE, values, 0)
