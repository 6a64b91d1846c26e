"""Freiburg Forest: colours, black is scored, pairs by the stem."""

import numpy as np
import pytest
from layouts import FREIBURG_COLOURS, write_freiburg_forest, write_image, write_png

from mmseg_ext.common.errors import ConfigError, DataError
from mmseg_ext.data import FreiburgForestDataset
from mmseg_ext.data.labels.freiburg_forest import read_freiburg_labels

# Trail, Grass, Vegetation, Tree, Sky, Obstacle, void, in the order of FREIBURG_COLOURS.
EXPECTED = [0, 1, 2, 2, 3, 4, 255]


@pytest.mark.parametrize(
    'split, label', [('train', 'b1-09517_mask.png'), ('test', 'b1-09617_Clipped.png')]
)
def test_layout(tmp_path, load, split, label):
    write_freiburg_forest(tmp_path)
    dataset = FreiburgForestDataset(split=split, data_root=str(tmp_path), pipeline=load)
    assert len(dataset) == 2
    assert dataset[0]['seg_map_path'].endswith(label)
    np.testing.assert_array_equal(dataset[0]['gt_seg_map'][3], np.repeat(EXPECTED, 5))


def test_black_is_an_obstacle(tmp_path):
    """The classic silent failure: black taken as void loses a scored class."""
    write_png(tmp_path / 'a.png', np.array([[[0, 0, 0], [255, 255, 255]]], np.uint8))
    labels, instances = read_freiburg_labels(tmp_path / 'a.png')
    assert FreiburgForestDataset.METAINFO['classes'][4] == 'Obstacle'
    np.testing.assert_array_equal(labels, [[4, 255]])
    assert instances is None


def test_tree_counts_as_vegetation(tmp_path):
    write_png(
        tmp_path / 'a.png',
        np.array([[FREIBURG_COLOURS['Tree'], FREIBURG_COLOURS['Vegetation']]], np.uint8),
    )
    np.testing.assert_array_equal(read_freiburg_labels(tmp_path / 'a.png')[0], [[2, 2]])


def test_unknown_colours(tmp_path, load):
    write_freiburg_forest(tmp_path)
    odd = np.zeros((24, 35, 3), np.uint8)
    odd[0, :3] = (1, 2, 3)
    odd[5, 5] = (170, 170, 171)
    write_png(tmp_path / 'train' / 'GT_color' / 'b1-09517_mask.png', odd)
    dataset = FreiburgForestDataset(split='train', data_root=str(tmp_path), pipeline=load)
    with pytest.raises(DataError) as caught:
        dataset[0]
    assert (
        'b1-09517_mask.png: colours of no class: (1, 2, 3) (3 pixels), (170, 170, 171) '
        '(1 pixels); valid colours (RGB) are (170, 170, 170), ' in str(caught.value)
    )
    lenient = FreiburgForestDataset(
        split='train', unknown_colours='ignore', data_root=str(tmp_path), pipeline=load
    )
    labels = lenient[0]['gt_seg_map']
    assert (labels == 255).sum() == 4 and (labels[0, :3] == 255).all() and labels[5, 5] == 255
    assert (np.delete(labels.ravel(), [0, 1, 2, 5 * 35 + 5]) == 4).all()


def test_many_unknown_colours_are_not_all_listed(tmp_path):
    write_image(tmp_path / 'a.png', 0, (20, 30))
    with pytest.raises(DataError, match=r'and \d+ more; valid colours'):
        read_freiburg_labels(tmp_path / 'a.png')


def test_duplicate_stem(tmp_path):
    """As in the archives from before 2018, which have b223-093 twice."""
    write_freiburg_forest(tmp_path)
    write_png(
        tmp_path / 'train' / 'GT_color' / 'b1-09517_Clipped.png', np.zeros((24, 35, 3), np.uint8)
    )
    with pytest.raises(
        DataError,
        match=r"two label files for 'b1-09517': .*b1-09517_Clipped\.png "
        r'and .*b1-09517_mask\.png',
    ):
        FreiburgForestDataset(split='train', data_root=str(tmp_path))


def test_wrong_argument(tmp_path):
    with pytest.raises(ConfigError, match="unknown_colours='warn' is not 'error' or 'ignore'"):
        FreiburgForestDataset(split='train', unknown_colours='warn', data_root=str(tmp_path))
