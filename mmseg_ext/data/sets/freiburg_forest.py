"""Freiburg Forest, annotated part.

Valada et al.: Deep multispectral semantic scene understanding of forested environments using
multimodal fusion, ISER 2016.
"""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from mmseg.registry import DATASETS

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.data.reading.colours import map_colours
from mmseg_ext.data.reading.pairing import Pairing, list_files, pair_files
from mmseg_ext.data.reading.readers import IGNORE_INDEX, read_colour_map
from mmseg_ext.data.sets.dataset import CheckedSegDataset, LabelReader

_TABLE = {
    (170, 170, 170): 0,
    (0, 255, 0): 1,
    (102, 102, 51): 2,
    (0, 60, 0): 2,  # Tree, which counts as Vegetation.
    (0, 120, 255): 3,
    (0, 0, 0): 4,  # Obstacle, a scored class: black is not void here.
    (255, 255, 255): IGNORE_INDEX,  # No official colour for void; this is what loaders assume.
}


def read_freiburg_labels(
    path: str | Path, with_instances: bool = True, ignore_unknown: bool = False
) -> tuple[np.ndarray, None]:
    """Read the labels of a Freiburg Forest frame.

    Args:
        path: 8-bit RGB PNG of class colours.
        with_instances: Without effect: the set has no instances.
        ignore_unknown: Whether colours of no class become 255 instead of an error.

    Returns:
        uint8 array (H, W) of ids 0 to 4, 255 for white; and None.

    Raises:
        DataError: If the file is unreadable or holds a colour of no class.
    """
    return map_colours(
        read_colour_map(path), _TABLE, path, unknown=IGNORE_INDEX if ignore_unknown else None
    ), None


@DATASETS.register_module()
class FreiburgForestDataset(CheckedSegDataset):
    """Freiburg Forest: ``{split}/rgb/STEM_*.jpg`` with ``{split}/GT_color/STEM_*.png``.

    Args:
        split: 'train' or 'test'.
        unknown_colours: 'error', or 'ignore' to take them as void.
        **kwargs: See :class:`CheckedSegDataset`.
    """

    METAINFO = dict(
        classes=('Trail', 'Grass', 'Vegetation', 'Sky', 'Obstacle'),
        palette=[[170, 170, 170], [0, 255, 0], [102, 102, 51], [0, 120, 255], [0, 0, 0]],
        thing_classes=(),
    )
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
            key=lambda path: path.stem.split('_')[0],
        )

    def label_reader(self) -> LabelReader:
        """Return :func:`read_freiburg_labels` with this set's treatment of unknown colours."""
        return partial(read_freiburg_labels, ignore_unknown=self.unknown_colours == 'ignore')
