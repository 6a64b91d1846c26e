"""Cityscapes through mmseg's own class, with checks, things and instances.

Cordts et al.: The Cityscapes dataset for semantic urban scene understanding, CVPR 2016.
"""

from pathlib import Path

import numpy as np
from mmseg.datasets import CityscapesDataset
from mmseg.registry import DATASETS

from mmseg_ext.common.errors import DataError
from mmseg_ext.data.reading.pairing import Pairing, pair_files
from mmseg_ext.data.reading.readers import IGNORE_INDEX, map_ids, read_16bit, read_id_map
from mmseg_ext.data.sets.dataset import CheckedSegDataset, LabelReader
from mmseg_ext.evaluation.drive_patterns import CITYSCAPES

THING_CLASSES = ('person', 'rider', 'car', 'truck', 'bus', 'train', 'motorcycle', 'bicycle')

_TABLE = {**{class_id: class_id for class_id in range(19)}, IGNORE_INDEX: IGNORE_INDEX}
_TRAIN_IDS = '_gtFine_labelTrainIds.png'
_INSTANCE_IDS = '_gtFine_instanceIds.png'
_FIRST_INSTANCE = 1000


def read_cityscapes_labels(
    path: str | Path, with_instances: bool = True
) -> tuple[np.ndarray, np.ndarray | None]:
    """Read the labels and instances of a Cityscapes frame.

    Args:
        path: ``*_gtFine_labelTrainIds.png``, 8-bit training ids; ``*_gtFine_instanceIds.png``,
            16-bit, lies beside it.
        with_instances: Whether to read the instance map.

    Returns:
        uint8 array (H, W) of training ids 0 to 18 and 255; and, if asked for, int32 (H, W): labelId
        · 1000 + instance for single objects, 0 elsewhere (also where a group is labelled as one).

    Raises:
        DataError: If a file is unreadable, has another encoding or holds another id.
    """
    labels = map_ids(read_id_map(path), _TABLE, path)
    if not with_instances:
        return labels, None
    name = str(path)
    if not name.endswith(_TRAIN_IDS):
        raise DataError(f'{path}: instances are found only beside files named *{_TRAIN_IDS}')
    instances_path = name[: -len(_TRAIN_IDS)] + _INSTANCE_IDS
    values = read_16bit(instances_path, channels=1).astype(np.int32)
    if values.shape != labels.shape:
        raise DataError(
            f'{instances_path}: {values.shape[1]}x{values.shape[0]} pixels, but {path} '
            f'is {labels.shape[1]}x{labels.shape[0]}'
        )
    return labels, np.where(values >= _FIRST_INSTANCE, values, 0)


@DATASETS.register_module()
class CheckedCityscapesDataset(CheckedSegDataset, CityscapesDataset):
    """mmseg's ``CityscapesDataset`` with checked files, ``thing_classes`` and instances.

    The split is chosen by ``data_prefix``, as in mmseg. Without ``seg_map_path`` in it, the images
    are read without labels.

    Args:
        **kwargs: See mmseg's ``CityscapesDataset`` and :class:`CheckedSegDataset`.
    """

    METAINFO = dict(
        CityscapesDataset.METAINFO, thing_classes=THING_CLASSES, drive_pattern=CITYSCAPES
    )
    README = 'Cityscapes'

    def find_pairs(self) -> Pairing:
        """Find images and training ids below the folders of ``data_prefix``."""
        image_folder = self.folder_of('img_path')
        images = sorted(image_folder.rglob(f'*{self.img_suffix}'))
        if not self.data_prefix.get('seg_map_path'):
            return Pairing([(path, None) for path in images], [])
        label_folder = self.folder_of('seg_map_path')
        labels = sorted(label_folder.rglob(f'*{self.seg_map_suffix}'))

        def key(path: Path) -> str:
            image = path.is_relative_to(image_folder)
            folder, suffix = (
                (image_folder, self.img_suffix) if image else (label_folder, self.seg_map_suffix)
            )
            return str(path.relative_to(folder))[: -len(suffix)]

        pairing = pair_files(images, labels, key)
        if len(labels) < len(images) and self.seg_map_suffix == _TRAIN_IDS:
            pairing.problems.append(
                f'labels in training ids (*{_TRAIN_IDS}) are not part of the download: make them '
                f'with `python tools/prepare_data.py cityscapes {self.data_root}`'
            )
        return pairing

    def folder_of(self, prefix: str) -> Path:
        """Return the existing folder that an entry of ``data_prefix`` names."""
        self.root()
        return self.folder(str(Path(self.data_prefix[prefix]).absolute()))

    def label_reader(self) -> LabelReader:
        """Return :func:`read_cityscapes_labels`."""
        return read_cityscapes_labels
