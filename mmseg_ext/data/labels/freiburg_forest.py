"""The classes of Freiburg Forest's annotated part, and the reader of its label files.

Valada et al.: Deep multispectral semantic scene understanding of forested environments using
multimodal fusion, ISER 2016.
"""

from pathlib import Path
from typing import Any

import numpy as np

from mmseg_ext.data.reading.colours import map_colours
from mmseg_ext.data.reading.readers import IGNORE_INDEX, read_colour_map

METAINFO: dict[str, Any] = dict(
    classes=('Trail', 'Grass', 'Vegetation', 'Sky', 'Obstacle'),
    palette=[[170, 170, 170], [0, 255, 0], [102, 102, 51], [0, 120, 255], [0, 0, 0]],
    thing_classes=(),
)
_TABLE = {
    (170, 170, 170): 0,
    (0, 255, 0): 1,
    (102, 102, 51): 2,
    (0, 60, 0): 2,  # Tree, which counts as Vegetation.
    (0, 120, 255): 3,
    (0, 0, 0): 4,  # Obstacle, a scored class: black is not void here.
    (255, 255, 255): IGNORE_INDEX,  # No official colour for void; this is what loaders assume.
}


def frame_of(stem: str) -> str:
    """Return the frame of an image or a label file: what its name has before the underscore."""
    return stem.split('_')[0]


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
