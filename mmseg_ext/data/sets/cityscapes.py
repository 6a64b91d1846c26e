"""Cityscapes through mmseg's own class, with checks, things and instances.

Cordts et al.: The Cityscapes dataset for semantic urban scene understanding, CVPR 2016.
"""

from pathlib import Path

from mmseg.datasets import CityscapesDataset
from mmseg.registry import DATASETS

from mmseg_ext.data.labels import cityscapes
from mmseg_ext.data.labels.cityscapes import LABEL_IDS, TRAIN_IDS, read_cityscapes_labels
from mmseg_ext.data.reading.pairing import Pairing, pair_files
from mmseg_ext.data.sets.dataset import CheckedSegDataset, LabelReader


@DATASETS.register_module()
class CheckedCityscapesDataset(CheckedSegDataset, CityscapesDataset):
    """mmseg's ``CityscapesDataset`` with checked files, ``thing_classes`` and instances.

    The split is chosen by ``data_prefix``, as in mmseg. Without ``seg_map_path`` in it, the images
    are read without labels. Where a frame has no ``*_gtFine_labelTrainIds.png``, which is not in
    the download, ``*_gtFine_labelIds.png`` is read and mapped to training ids.

    Args:
        **kwargs: See mmseg's ``CityscapesDataset`` and :class:`CheckedSegDataset`.
    """

    METAINFO = cityscapes.METAINFO
    README = 'Cityscapes'

    def find_pairs(self) -> Pairing:
        """Find images and labels below the folders of ``data_prefix``."""
        image_folder = self.folder_of('img_path')
        images = sorted(image_folder.rglob(f'*{self.img_suffix}'))
        if not self.data_prefix.get('seg_map_path'):
            return Pairing([(path, None) for path in images], [])
        label_folder = self.folder_of('seg_map_path')
        suffixes = [self.seg_map_suffix]
        if self.seg_map_suffix == TRAIN_IDS:
            suffixes.append(LABEL_IDS)
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
