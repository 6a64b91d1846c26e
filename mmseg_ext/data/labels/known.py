"""The registered data sets by name: their classes, and how their label files are named and read."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from mmseg_ext.common.errors import ConfigError, nearest
from mmseg_ext.data.labels import camvid, cityscapes, freiburg_forest, synthia, toy_streets


class KnownSet(NamedTuple):
    """What is known of a data set without its files.

    Attributes:
        metainfo: ``classes``, ``palette``, and where they are known ``train_shares`` and
            ``drive_pattern``.
        read_labels: ``(path, with_instances)`` to labels, uint8 (H, W), 255 ignored, and instances.
        read_predicted: The same of predictions whose values are those of the label files.
        label_endings: What the names of label files end in, before the suffix; of several files of
            a frame that of the first ending is meant. Other files beside them are something else.
        frame: The frame that the name of a file without suffix is of.
    """

    metainfo: Mapping[str, Any]
    read_labels: Callable[..., tuple[np.ndarray, np.ndarray | None]]
    read_predicted: Callable[..., tuple[np.ndarray, np.ndarray | None]]
    label_endings: tuple[str, ...] = ('',)
    frame: Callable[[str], str] = str


KNOWN_SETS = {
    'CamVidDataset': KnownSet(
        camvid.METAINFO, camvid.read_camvid_labels, camvid.read_camvid_labels
    ),
    'CheckedCityscapesDataset': KnownSet(
        cityscapes.METAINFO,
        cityscapes.read_cityscapes_labels,
        cityscapes.read_label_ids,
        cityscapes.LABEL_ENDINGS,
        cityscapes.frame_of,
    ),
    'FreiburgForestDataset': KnownSet(
        freiburg_forest.METAINFO,
        freiburg_forest.read_freiburg_labels,
        freiburg_forest.read_freiburg_labels,
        frame=freiburg_forest.frame_of,
    ),
    'SynthiaDataset': KnownSet(
        synthia.METAINFO, synthia.read_synthia_labels, synthia.read_synthia_labels
    ),
    'ToyStreetsDataset': KnownSet(
        toy_streets.METAINFO, toy_streets.read_toy_labels, toy_streets.read_toy_labels
    ),
}


def known_set(name: str) -> KnownSet:
    """Return a data set by the name of its class.

    Raises:
        ConfigError: There is no such; the message names all.
    """
    if name not in KNOWN_SETS:
        raise ConfigError(
            f'no data set is called {name!r}{nearest(name, KNOWN_SETS)}: there are '
            f'{", ".join(KNOWN_SETS)}'
        )
    return KNOWN_SETS[name]
