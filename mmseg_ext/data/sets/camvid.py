"""CamVid in the 11-class split of SegNet.

Brostow, Fauqueur, Cipolla: Semantic object classes in video, Pattern Recognition Letters 2009;
split and classes: Badrinarayanan, Kendall, Cipolla: SegNet, arXiv:1511.00561.
"""

from mmseg.registry import DATASETS

from mmseg_ext.common.errors import DataError
from mmseg_ext.data.labels import camvid
from mmseg_ext.data.labels.camvid import read_camvid_labels
from mmseg_ext.data.reading.pairing import Pairing, list_files, pair_files
from mmseg_ext.data.sets.dataset import CheckedSegDataset, LabelReader


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

    METAINFO = camvid.METAINFO
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
