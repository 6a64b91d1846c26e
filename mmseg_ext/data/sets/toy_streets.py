"""ToyStreets: a drawn street data set with a spurious context, made by ``mmseg_ext.data.toy``."""

from pathlib import Path

import numpy as np
from mmseg.registry import DATASETS

from mmseg_ext.common.errors import DataError
from mmseg_ext.data.reading.pairing import Pairing, list_files, pair_files
from mmseg_ext.data.reading.readers import map_ids, read_16bit, read_id_map
from mmseg_ext.data.sets.dataset import CheckedSegDataset, LabelReader
from mmseg_ext.data.toy.classes import CLASSES, PALETTE, THING_CLASSES, TRAIN_SHARES
from mmseg_ext.data.toy.context import SPLITS

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


@DATASETS.register_module()
class ToyStreetsDataset(CheckedSegDataset):
    """ToyStreets, 12 classes: ``images``, ``annotations`` and ``instances``, each by split.

    Args:
        split: 'train', 'val' (the same context as train: cyclists stand by cars, persons do not)
            or 'shift' (the other way round).
        **kwargs: See :class:`CheckedSegDataset`.
    """

    METAINFO = dict(
        classes=CLASSES,
        palette=[list(colour) for colour in PALETTE],
        thing_classes=THING_CLASSES,
        train_shares=TRAIN_SHARES,
    )
    SPLITS = SPLITS
    README = 'ToyStreets'

    def root(self) -> Path:
        """Return the existing root folder.

        Raises:
            DataError: If it is missing; the message gives the command that draws it.
        """
        try:
            return super().root()
        except DataError as error:
            raise DataError(f'{error}. In short: python tools/prepare_data.py toy') from None

    def find_pairs(self) -> Pairing:
        """Find the images and labels of this split."""
        return pair_files(
            list_files(self.folder(f'images/{self.split}')),
            list_files(self.folder(f'annotations/{self.split}')),
        )

    def label_reader(self) -> LabelReader:
        """Return :func:`read_toy_labels`."""
        return read_toy_labels
