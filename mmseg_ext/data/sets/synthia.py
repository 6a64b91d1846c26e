"""SYNTHIA-RAND-CITYSCAPES in the classes of Cityscapes.

Ros et al.: The SYNTHIA dataset, CVPR 2016. The translation to Cityscapes' classes and the views of
16 and 13 classes are those of the literature on domain adaptation.
"""

from pathlib import Path
from typing import Any

from mmseg.registry import DATASETS

from mmseg_ext.common.errors import ConfigError, DataError
from mmseg_ext.data.labels import synthia
from mmseg_ext.data.labels.cityscapes import CLASSES
from mmseg_ext.data.labels.synthia import read_synthia_labels
from mmseg_ext.data.reading.pairing import FileList, Pairing, list_files, pair_files
from mmseg_ext.data.sets.dataset import CheckedSegDataset, LabelReader

_VIEWS = {
    19: CLASSES,
    16: tuple(CLASSES[i] for i in (0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 15, 17, 18)),
    13: tuple(CLASSES[i] for i in (0, 1, 2, 6, 7, 8, 10, 11, 12, 13, 15, 17, 18)),
}
_FIRST_VAL = 9000


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

    METAINFO = synthia.METAINFO
    SPLITS = ('train', 'val')
    README = 'SYNTHIA'

    def __init__(self, split: str | None = None, num_classes: int = 19, **kwargs: Any) -> None:
        if num_classes not in _VIEWS:
            raise ConfigError(f'SynthiaDataset: num_classes={num_classes} is not one of 19, 16, 13')
        if num_classes != len(CLASSES):
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
