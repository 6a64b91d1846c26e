"""SYNTHIA-RAND-CITYSCAPES in the classes of Cityscapes, and the reader of its label files.

Ros et al.: The SYNTHIA dataset, CVPR 2016. The translation to Cityscapes' classes is that of the
literature on domain adaptation.
"""

from pathlib import Path
from typing import Any

import numpy as np

from mmseg_ext.common.errors import DataError
from mmseg_ext.data.labels.cityscapes import CLASSES, PALETTE, THING_CLASSES
from mmseg_ext.data.reading.readers import IGNORE_INDEX, map_ids, read_16bit

METAINFO: dict[str, Any] = dict(classes=CLASSES, palette=PALETTE, thing_classes=THING_CLASSES)
_NUM_SOURCE_CLASSES = 23
_TRAIN_ID = {
    3: 0,
    4: 1,
    2: 2,
    21: 3,
    5: 4,
    7: 5,
    15: 6,
    9: 7,
    6: 8,
    16: 9,
    1: 10,
    10: 11,
    17: 12,
    8: 13,
    18: 14,
    19: 15,
    20: 16,
    12: 17,
    11: 18,
}
_TABLE = {source: _TRAIN_ID.get(source, IGNORE_INDEX) for source in range(_NUM_SOURCE_CLASSES)}
_THINGS = [source for source, train in _TRAIN_ID.items() if CLASSES[train] in THING_CLASSES]
_INSTANCE_BASE = 1 << 16


def read_synthia_labels(
    path: str | Path, with_instances: bool = True
) -> tuple[np.ndarray, np.ndarray | None]:
    """Read the labels and instances of a SYNTHIA frame.

    Args:
        path: 16-bit, 3-channel PNG: R = class 0 to 22, G = instance, B = 0.
        with_instances: Whether to make the instance map.

    Returns:
        uint8 array (H, W) of Cityscapes' 19 training ids and 255; and, if asked for, int32 (H, W)
        of ids that differ between any two objects: source class · 65536 + instance where a thing
        has an instance number, 0 elsewhere.

    Raises:
        DataError: If the file is unreadable, not 16-bit with 3 channels, void everywhere (what
            image tools that cannot read 16-bit colour leave behind) or holds another class id.
    """
    array = read_16bit(path, channels=3)
    source = array[..., 0]
    if not source.any():
        raise DataError(
            f'{path}: every pixel is 0 (void). SYNTHIA labels are 16-bit PNGs with '
            'three channels, which many tools reduce to zeros; use the original file'
        )
    labels = map_ids(source, _TABLE, path)
    if not with_instances:
        return labels, None
    number = array[..., 1].astype(np.int32)
    thing = np.isin(source, _THINGS) & (number > 0)
    return labels, np.where(thing, source.astype(np.int32) * _INSTANCE_BASE + number, 0)
