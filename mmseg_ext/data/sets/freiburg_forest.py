"""Freiburg Forest, annotated part.

Valada et al.: Deep multispectral semantic scene understanding of forested environments using
multimodal fusion, ISER 2016.
"""

from functools import partial
from typing import Any

from mmseg.registry import DATASETS

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.data.labels import freiburg_forest
from mmseg_ext.data.labels.freiburg_forest import frame_of, read_freiburg_labels
from mmseg_ext.data.reading.pairing import Pairing, list_files, pair_files
from mmseg_ext.data.sets.dataset import CheckedSegDataset, LabelReader


@DATASETS.register_module()
class FreiburgForestDataset(CheckedSegDataset):
    """Freiburg Forest: ``{split}/rgb/STEM_*.jpg`` with ``{split}/GT_color/STEM_*.png``.

    Args:
        split: 'train' or 'test'.
        unknown_colours: 'error', or 'ignore' to take them as void.
        **kwargs: See :class:`CheckedSegDataset`.
    """

    METAINFO = freiburg_forest.METAINFO
    SPLITS = ('train', 'test')
    README = 'Freiburg Forest'

    def __init__(
        self, split: str | None = None, unknown_colours: str = 'error', **kwargs: Any
    ) -> None:
        if unknown_colours not in ('error', 'ignore'):
            raise ConfigError(
                f'FreiburgForestDataset: unknown_colours={unknown_colours!r} is not '
                "'error' or 'ignore'"
            )
        self.unknown_colours = unknown_colours
        super().__init__(split=split, **kwargs)

    def find_pairs(self) -> Pairing:
        """Pair images and labels by the part of their names before the first underscore."""
        return pair_files(
            list_files(self.folder(f'{self.split}/rgb')),
            list_files(self.folder(f'{self.split}/GT_color'), ('.png',)),
            key=lambda path: frame_of(path.stem),
        )

    def label_reader(self) -> LabelReader:
        """Return :func:`read_freiburg_labels` with this set's treatment of unknown colours."""
        return partial(read_freiburg_labels, ignore_unknown=self.unknown_colours == 'ignore')
