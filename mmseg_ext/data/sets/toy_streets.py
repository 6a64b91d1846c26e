"""ToyStreets: a drawn street data set with a spurious context, made by ``mmseg_ext.data.toy``."""

from pathlib import Path

from mmseg.registry import DATASETS

from mmseg_ext.common.errors import DataError
from mmseg_ext.data.labels import toy_streets
from mmseg_ext.data.labels.toy_streets import read_toy_labels
from mmseg_ext.data.reading.pairing import Pairing, list_files, pair_files
from mmseg_ext.data.sets.dataset import CheckedSegDataset, LabelReader
from mmseg_ext.data.toy.context import SPLITS


@DATASETS.register_module()
class ToyStreetsDataset(CheckedSegDataset):
    """ToyStreets, 12 classes: ``images``, ``annotations`` and ``instances``, each by split.

    Args:
        split: 'train', 'val' (the same context as train: cyclists stand by cars, persons do not)
            or 'shift' (the other way round).
        **kwargs: See :class:`CheckedSegDataset`.
    """

    METAINFO = toy_streets.METAINFO
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
            raise DataError(f'{error}. In short: mmseg-debias prepare-data toy') from None

    def find_pairs(self) -> Pairing:
        """Find the images and labels of this split."""
        return pair_files(
            list_files(self.folder(f'images/{self.split}')),
            list_files(self.folder(f'annotations/{self.split}')),
        )

    def label_reader(self) -> LabelReader:
        """Return :func:`read_toy_labels`."""
        return read_toy_labels
