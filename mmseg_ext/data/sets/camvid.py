"""CamVid in the 11-class split of SegNet.

Brostow, Fauqueur, Cipolla: Semantic object classes in video, Pattern Recognition Letters 2009;
split and classes: Badrinarayanan, Kendall, Cipolla: SegNet, arXiv:1511.00561.
"""

from pathlib import Path
from typing import Any

import numpy as np
from mmseg.registry import DATASETS

from mmseg_ext.common.errors import DataError
from mmseg_ext.data.reading.pairing import Pairing, list_files, pair_files
from mmseg_ext.data.reading.readers import IGNORE_INDEX, map_ids, read_id_map
from mmseg_ext.data.sets.dataset import CheckedSegDataset, LabelReader
from mmseg_ext.evaluation.drive_patterns import CAMVID

VOID = 11
# Left as it is, void would be a twelfth class: "Target 11 is out of bounds".
_TRAIN_ID = {**{class_id: class_id for class_id in range(VOID)}, VOID: IGNORE_INDEX}


def read_camvid_labels(path: str | Path, with_instances: bool = True) -> tuple[np.ndarray, None]:
    """Read CamVid labels.

    Args:
        path: 8-bit PNG of ids 0 to 10 and 11 for void.
        with_instances: Without effect: CamVid has no instances.

    Returns:
        uint8 array (H, W) of ids 0 to 10, void as 255; and None.

    Raises:
        DataError: If the file is unreadable or holds another id.
    """
    return map_ids(read_id_map(path), _TRAIN_ID, path), None


@DATASETS.register_module()
class CamVidDataset(CheckedSegDataset):
    """CamVid, 11 classes, in either layout.

    ``{split}/`` with ``{split}annot/`` as in SegNet's copy, or ``images/{split}/`` with
    ``annotations/{split}/``; images PNG or JPEG, labels PNG of the same stem.

    Args:
        split: 'train', 'val' or 'test'. Val is one stretch of a sequence that is also in train:
            report on test.
        **kwargs: See :class:`CheckedSegDataset`.
    """

    METAINFO: dict[str, Any] = dict(
        classes=(
            'Sky',
            'Building',
            'Pole',
            'Road',
            'Sidewalk',
            'Tree',
            'SignSymbol',
            'Fence',
            'Car',
            'Pedestrian',
            'Bicyclist',
        ),
        palette=[
            [128, 128, 128],
            [128, 0, 0],
            [192, 192, 128],
            [128, 64, 128],
            [60, 40, 222],
            [128, 128, 0],
            [192, 128, 128],
            [64, 64, 128],
            [64, 0, 128],
            [64, 64, 0],
            [0, 128, 192],
        ],
        thing_classes=('Car', 'Pedestrian', 'Bicyclist'),
        drive_pattern=CAMVID,
        # Percent of the labelled pixels of the 367 frames of train, by tools/check_data.py.
        train_shares={
            'Sky': 17.538,
            'Building': 24.215,
            'Pole': 1.023,
            'Road': 32.960,
            'Sidewalk': 4.671,
            'Tree': 10.124,
            'SignSymbol': 1.221,
            'Fence': 1.173,
            'Car': 6.107,
            'Pedestrian': 0.666,
            'Bicyclist': 0.304,
        },
    )
    SPLITS = ('train', 'val', 'test')
    README = 'CamVid'

    def find_pairs(self) -> Pairing:
        """Find the images and labels of this split in whichever layout is there."""
        root = self.root()
        layouts = [
            (f'images/{self.split}', f'annotations/{self.split}'),
            (f'{self.split}', f'{self.split}annot'),
        ]
        present = [layout for layout in layouts if (root / layout[0]).is_dir()]
        if len(present) != 1:
            found = 'both' if present else 'neither'
            raise DataError(
                f'CamVidDataset: {root.absolute()} must hold either {layouts[0][0]} '
                f'with {layouts[0][1]}, or {layouts[1][0]} with {layouts[1][1]}; '
                f'{found} was found. See data/README.md, section "{self.README}"'
            )
        images, labels = present[0]
        return pair_files(
            list_files(self.folder(images)), list_files(self.folder(labels), ('.png',))
        )

    def label_reader(self) -> LabelReader:
        """Return :func:`read_camvid_labels`."""
        return read_camvid_labels
