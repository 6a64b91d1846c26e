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
# The official labels, 34 of which 19 are scored, in the order of the training ids.
_SCORED = (7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33)
_TABLE_OF_LABEL_IDS = {
    **dict.fromkeys(range(34), IGNORE_INDEX),
    **{label_id: train_id for train_id, label_id in enumerate(_SCORED)},
}
_TRAIN_IDS = '_gtFine_labelTrainIds.png'
_LABEL_IDS = '_gtFine_labelIds.png'
_INSTANCE_IDS = '_gtFine_instanceIds.png'
_FIRST_INSTANCE = 1000


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
    table = _TABLE_OF_LABEL_IDS if name.endswith(_LABEL_IDS) else _TABLE
    labels = map_ids(read_id_map(path), table, path)
    if not with_instances:
        return labels, None
    suffix = next((each for each in (_TRAIN_IDS, _LABEL_IDS) if name.endswith(each)), None)
    if suffix is None:
        raise DataError(
            f'{path}: instances are found only beside files named *{_LABEL_IDS} or *{_TRAIN_IDS}'
        )
    instances_path = name.removesuffix(suffix) + _INSTANCE_IDS
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
    are read without labels. Where a frame has no ``*_gtFine_labelTrainIds.png``, which is not in
    the download, ``*_gtFine_labelIds.png`` is read and mapped to training ids.

    Args:
        **kwargs: See mmseg's ``CityscapesDataset`` and :class:`CheckedSegDataset`.
    """

    METAINFO = dict(
        CityscapesDataset.METAINFO, thing_classes=THING_CLASSES, drive_pattern=CITYSCAPES
    )
    README = 'Cityscapes'

    def find_pairs(self) -> Pairing:
        """Find images and labels below the folders of ``data_prefix``."""
        image_folder = self.folder_of('img_path')
        images = sorted(image_folder.rglob(f'*{self.img_suffix}'))
        if not self.data_prefix.get('seg_map_path'):
            return Pairing([(path, None) for path in images], [])
        label_folder = self.folder_of('seg_map_path')
        suffixes = [self.seg_map_suffix]
        if self.seg_map_suffix == _TRAIN_IDS:
            suffixes.append(_LABEL_IDS)
        label_of: dict[str, Path] = {}
        for suffix in suffixes:
            for path in label_folder.rglob(f'*{suffix}'):
                frame = str(path.relative_to(label_folder)).removesuffix(suffix)
                label_of.setdefault(frame, path)
        frame_of = {path: frame for frame, path in label_of.items()}

        def key(path: Path) -> str:
            if path in frame_of:
                return frame_of[path]
            return str(path.relative_to(image_folder)).removesuffix(self.img_suffix)

        return pair_files(images, sorted(frame_of), key)

    def folder_of(self, prefix: str) -> Path:
        """Return the existing folder that an entry of ``data_prefix`` names."""
        self.root()
        return self.folder(str(Path(self.data_prefix[prefix]).absolute()))

    def label_reader(self) -> LabelReader:
        """Return :func:`read_cityscapes_labels`."""
        return read_cityscapes_labels
