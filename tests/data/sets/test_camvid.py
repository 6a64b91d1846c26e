"""CamVid in both layouts; void must not stay in the map."""

import numpy as np
import pytest
from layouts import photo, write_camvid, write_png

from mmseg_ext.common.errors import ConfigError, DataError
from mmseg_ext.data import CamVidDataset
from mmseg_ext.data.labels.camvid import read_camvid_labels

COLUMNS_OF_FRAME_1 = np.repeat([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 255, 0], 3)


@pytest.mark.parametrize('layout', ['plain', 'segnet'])
@pytest.mark.parametrize('suffix', ['.png', '.jpg'])
def test_layouts(tmp_path, load, layout, suffix):
    write_camvid(tmp_path, layout, frames=3, suffix=suffix)
    for number, split in enumerate(('train', 'val', 'test')):
        dataset = CamVidDataset(split=split, data_root=str(tmp_path), pipeline=load)
        assert len(dataset) == 3
        sample = dataset[1]
        assert f'{split}_00001' in sample['img_path'] and f'{split}_00001' in sample['seg_map_path']
        labels = sample['gt_seg_map']
        assert labels.dtype == np.uint8 and sample['seg_fields'] == ['gt_seg_map']
        # 12 stripes of 3 columns; frame 1 starts with id 1, and void, 11, comes last but one.
        np.testing.assert_array_equal(labels[5], COLUMNS_OF_FRAME_1)
        if suffix == '.png':
            expected = photo(1 + 80 * number, (24, 36))[..., ::-1]
            np.testing.assert_array_equal(sample['img'], expected)


def test_void_is_ignored(tmp_path):
    """The classic silent failure: 11 left in the map is "Target 11 is out of bounds"."""
    write_png(tmp_path / 'a.png', np.array([[0, 11, 10], [11, 11, 5]], np.uint8))
    labels, instances = read_camvid_labels(tmp_path / 'a.png')
    np.testing.assert_array_equal(labels, [[0, 255, 10], [255, 255, 5]])
    assert instances is None


@pytest.mark.parametrize('wrong', [12, 77, 255])
def test_other_ids_are_errors(tmp_path, wrong):
    write_png(tmp_path / 'a.png', np.array([[0, wrong, 10], [wrong, 11, 5]], np.uint8))
    with pytest.raises(
        DataError,
        match=rf'a\.png: id {wrong} \(2 pixels\) found; '
        'valid ids are 0-11',
    ):
        read_camvid_labels(tmp_path / 'a.png')


def test_wrong_split(tmp_path):
    with pytest.raises(ConfigError, match="split='trian' is not one of 'train', 'val', 'test'"):
        CamVidDataset(split='trian', data_root=str(tmp_path))


def test_no_layout_and_both_layouts(tmp_path):
    with pytest.raises(DataError, match='neither was found'):
        CamVidDataset(split='train', data_root=str(tmp_path))
    write_camvid(tmp_path, 'plain')
    write_camvid(tmp_path, 'segnet')
    with pytest.raises(DataError, match='both was found'):
        CamVidDataset(split='train', data_root=str(tmp_path))


def test_missing_label_folder(tmp_path):
    write_camvid(tmp_path, 'segnet')
    (tmp_path / 'valannot').rename(tmp_path / 'elsewhere')
    with pytest.raises(DataError, match=r'no folder .*valannot'):
        CamVidDataset(split='val', data_root=str(tmp_path))


def test_real_camvid(camvid_root, load):
    """Labels of the real copy, against a decoder of another library."""
    import cv2

    for split, count in (('train', 367), ('val', 101), ('test', 233)):
        dataset = CamVidDataset(split=split, data_root=str(camvid_root), pipeline=load)
        assert len(dataset) == count
        sample = dataset[0]
        source = cv2.imread(sample['seg_map_path'], cv2.IMREAD_UNCHANGED)
        np.testing.assert_array_equal(sample['gt_seg_map'], np.where(source == 11, 255, source))
        assert sample['img'].shape == (360, 480, 3)
