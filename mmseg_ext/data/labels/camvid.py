"""CamVid's classes in the 11-class split of SegNet, and the reader of its label files.

Brostow, Fauqueur, Cipolla: Semantic object classes in video, Pattern Recognition Letters 2009;
split and classes: Badrinarayanan, Kendall, Cipolla: SegNet, arXiv:1511.00561.
"""

from pathlib import Path
from typing import Any

import numpy as np

from mmseg_ext.data.reading.readers import IGNORE_INDEX, map_ids, read_id_map
from mmseg_ext.evaluation.drive_patterns import CAMVID

METAINFO: dict[str, Any] = dict(
    classes=(
        'Sky',
        'Building',
        'Pole',
        'Road',
        'Sidewalk',
        'Tree',
        'SignSymbol',
        'Fence',
        'Car',
        'Pedestrian',
        'Bicyclist',
    ),
    palette=[
        [128, 128, 128],
        [128, 0, 0],
        [192, 192, 128],
        [128, 64, 128],
        [60, 40, 222],
        [128, 128, 0],
        [192, 128, 128],
        [64, 64, 128],
        [64, 0, 128],
        [64, 64, 0],
        [0, 128, 192],
    ],
    thing_classes=('Car', 'Pedestrian', 'Bicyclist'),
    drive_pattern=CAMVID,
    # Percent of the labelled pixels of the 367 frames of train, by mmseg-debias check-data.
    train_shares={
        'Sky': 17.538,
        'Building': 24.215,
        'Pole': 1.023,
        'Road': 32.960,
        'Sidewalk': 4.671,
        'Tree': 10.124,
        'SignSymbol': 1.221,
        'Fence': 1.173,
        'Car': 6.107,
        'Pedestrian': 0.666,
        'Bicyclist': 0.304,
    },
)
VOID = 11
# Left as it is, void would be a twelfth class: "Target 11 is out of bounds".
_TRAIN_ID = {**{class_id: class_id for class_id in range(VOID)}, VOID: IGNORE_INDEX}


def read_camvid_labels(path: str | Path, with_instances: bool = True) -> tuple[np.ndarray, None]:
    """Read CamVid labels.

    Args:
        path: 8-bit PNG of ids 0 to 10 and 11 for void.
        with_instances: Without effect: CamVid has no instances.

    Returns:
        uint8 array (H, W) of ids 0 to 10, void as 255; and None.

    Raises:
        DataError: If the file is unreadable or holds another id.
    """
    return map_ids(read_id_map(path), _TRAIN_ID, path), None
