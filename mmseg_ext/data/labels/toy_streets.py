"""The classes of ToyStreets as a data set tells them, and the reader of its label files."""

from pathlib import Path
from typing import Any

import numpy as np

from mmseg_ext.common.errors import DataError
from mmseg_ext.data.reading.readers import map_ids, read_16bit, read_id_map
from mmseg_ext.data.toy.classes import CLASSES, PALETTE, THING_CLASSES, TRAIN_SHARES

METAINFO: dict[str, Any] = dict(
    classes=CLASSES,
    palette=[list(colour) for colour in PALETTE],
    thing_classes=THING_CLASSES,
    train_shares=TRAIN_SHARES,
)
_TABLE = {class_id: class_id for class_id in range(len(CLASSES))}


def read_toy_labels(
    path: str | Path, with_instances: bool = True
) -> tuple[np.ndarray, np.ndarray | None]:
    """Read the labels and instances of a ToyStreets frame.

    Args:
        path: ``annotations/SPLIT/NAME.png``, 8-bit ids; ``instances/SPLIT/NAME.png``, 16-bit, lies
            beside it.
        with_instances: Whether to read the instance map.

    Returns:
        uint8 array (H, W) of ids 0 to 11; and, if asked for, int32 (H, W), 0 = no instance.

    Raises:
        DataError: If a file is unreadable, has another encoding or holds another id.
    """
    labels = map_ids(read_id_map(path), _TABLE, path)
    if not with_instances:
        return labels, None
    instances_path = Path(path).parents[2] / 'instances' / Path(*Path(path).parts[-2:])
    instances = read_16bit(instances_path, channels=1).astype(np.int32)
    if instances.shape != labels.shape:
        raise DataError(
            f'{instances_path}: {instances.shape[1]}x{instances.shape[0]} pixels, but '
            f'{path} is {labels.shape[1]}x{labels.shape[0]}'
        )
    return labels, instances
