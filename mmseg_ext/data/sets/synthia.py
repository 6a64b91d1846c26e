"""SYNTHIA-RAND-CITYSCAPES in the classes of Cityscapes.

Ros et al.: The SYNTHIA dataset, CVPR 2016. The translation to Cityscapes' classes and the views of
16 and 13 classes are those of the literature on domain adaptation.
"""

from pathlib import Path
from typing import Any

import numpy as np
from mmseg.datasets import CityscapesDataset
from mmseg.registry import DATASETS

from mmseg_ext.common.errors import ConfigError, DataError
from mmseg_ext.data.reading.pairing import FileList, Pairing, list_files, pair_files
from mmseg_ext.data.reading.readers import IGNORE_INDEX, map_ids, read_16bit
from mmseg_ext.data.sets.cityscapes import THING_CLASSES
from mmseg_ext.data.sets.dataset import CheckedSegDataset, LabelReader

_CLASSES = CityscapesDataset.METAINFO['classes']
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
_THINGS = [source for source, train in _TRAIN_ID.items() if _CLASSES[train] in THING_CLASSES]

_VIEWS = {
    19: _CLASSES,
    16: tuple(_CLASSES[i] for i in (0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 15, 17, 18)),
    13: tuple(_CLASSES[i] for i in (0, 1, 2, 6, 7, 8, 10, 11, 12, 13, 15, 17, 18)),
}
_FIRST_VAL = 9000
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


@DATASETS.register_module()
class SynthiaDataset(CheckedSegDataset):
    """SYNTHIA-RAND-CITYSCAPES: ``RGB/NNNNNNN.png`` with ``GT/LABELS/NNNNNNN.png``.

    Args:
        split: 'train' (frames 0 to 8999) or 'val' (9000 to 9399). There is no official split; this
            is the common one.
        num_classes: 19 for all of Cityscapes' classes, or the usual subsets of 16 (without terrain,
            truck, train) and 13 (also without wall, fence, pole); what is left out is ignored.
        **kwargs: See :class:`CheckedSegDataset`.
    """

    METAINFO = dict(
        classes=_CLASSES, palette=CityscapesDataset.METAINFO['palette'], thing_classes=THING_CLASSES
    )
    SPLITS = ('train', 'val')
    README = 'SYNTHIA'

    def __init__(self, split: str | None = None, num_classes: int = 19, **kwargs: Any) -> None:
        if num_classes not in _VIEWS:
            raise ConfigError(f'SynthiaDataset: num_classes={num_classes} is not one of 19, 16, 13')
        if num_classes != len(_CLASSES):
            if 'classes' in (kwargs.get('metainfo') or {}):
                raise ConfigError(
                    'SynthiaDataset: num_classes and metainfo both choose classes; give only one'
                )
            kwargs['metainfo'] = dict(kwargs.get('metainfo') or {}, classes=_VIEWS[num_classes])
        super().__init__(split=split, **kwargs)

    def find_pairs(self) -> Pairing:
        """Find the frames of this split by their numbers."""
        images = self._in_split(list_files(self.folder('RGB'), ('.png',)))
        labels = self._in_split(list_files(self.folder('GT/LABELS'), ('.png',)))
        return pair_files(images, labels)

    def label_reader(self) -> LabelReader:
        """Return :func:`read_synthia_labels`."""
        return read_synthia_labels

    def _in_split(self, files: FileList) -> FileList:
        for path in files:
            if not path.stem.isdigit():
                raise DataError(
                    f'{path}: the name is not a frame number such as 0000042.png, so '
                    'its split is unknown; remove the file'
                )
        of_split = [path for path in files if self._has(path)]
        return FileList(of_split, (p for p in files.unread if p.stem.isdigit() and self._has(p)))

    def _has(self, path: Path) -> bool:
        return (int(path.stem) < _FIRST_VAL) == (self.split == 'train')
