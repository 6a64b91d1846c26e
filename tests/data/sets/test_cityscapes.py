"""Cityscapes: mmseg's class with checked files, things and instances."""

import numpy as np
import pytest
from cityscapesscripts.helpers.labels import labels as official
from layouts import write_cityscapes, write_png
from mmseg.datasets import CityscapesDataset

from mmseg_ext.common.errors import ConfigError, DataError
from mmseg_ext.data import CheckedCityscapesDataset
from mmseg_ext.data.labels.cityscapes import read_cityscapes_labels

VAL = dict(img_path='leftImg8bit/val', seg_map_path='gtFine/val')
STEM = 'gtFine/val/ulm/ulm_000000_000019_gtFine'


def build(root, pipeline=(), prefix=VAL, **kwargs):
    return CheckedCityscapesDataset(
        data_root=str(root), data_prefix=prefix, pipeline=list(pipeline), **kwargs
    )


def test_same_samples_and_classes_as_mmseg(tmp_path, load):
    write_cityscapes(tmp_path, frames=2)
    ours, theirs = (
        build(tmp_path, load),
        CityscapesDataset(
            data_root=str(tmp_path),
            data_prefix=VAL,
            pipeline=[dict(type='LoadImageFromFile'), dict(type='LoadAnnotations')],
        ),
    )
    assert isinstance(ours, CityscapesDataset)
    assert ours.metainfo['classes'] == theirs.metainfo['classes']
    assert ours.metainfo['palette'] == theirs.metainfo['palette']
    assert set(ours.metainfo['thing_classes']) == set(ours.metainfo['classes'][11:])
    assert len(ours) == len(theirs) == 2
    for mine, expected in zip(ours, theirs, strict=True):
        assert mine['img_path'] == expected['img_path']
        np.testing.assert_array_equal(mine['img'], expected['img'])
        np.testing.assert_array_equal(mine['gt_seg_map'], expected['gt_seg_map'])


def test_instances(tmp_path, load_instances):
    write_cityscapes(tmp_path)
    sample = build(tmp_path, load_instances)[0]
    # Upper half: instance 0 of each thing; lower half: groups, which are no single objects.
    expected = [0] * 11 + [24000, 25000, 26000, 27000, 28000, 31000, 32000, 33000, 0, 0]
    np.testing.assert_array_equal(sample['gt_instance_map'][0], np.repeat(expected, 2))
    assert not sample['gt_instance_map'][12:].any()
    assert sample['gt_instance_map'].dtype == np.uint16


def test_images_and_labels_may_have_the_same_suffix(tmp_path):
    for folder in ('leftImg8bit/val/ulm', 'gtFine/val/ulm'):
        write_png(tmp_path / folder / 'x.png', np.zeros((2, 3), np.uint8))
    dataset = build(tmp_path, img_suffix='.png', seg_map_suffix='.png')
    assert dataset.get_data_info(0)['seg_map_path'].endswith('gtFine/val/ulm/x.png')


def test_the_download_is_read_as_it_is(tmp_path, load_instances):
    prepared, downloaded = tmp_path / 'prepared', tmp_path / 'downloaded'
    write_cityscapes(prepared, frames=2)
    write_cityscapes(downloaded, frames=2, train_ids=False)
    expected, found = build(prepared, load_instances), build(downloaded, load_instances)
    # One frame prepared, one not: each is read as it is.
    partly = downloaded / f'{STEM}_labelTrainIds.png'
    for _ in range(2):
        assert len(found) == 2
        for one, other in zip(found, expected, strict=True):
            for key in ('gt_seg_map', 'gt_instance_map'):
                np.testing.assert_array_equal(one[key], other[key])
        write_png(partly, expected[0]['gt_seg_map'])
        found = build(downloaded, load_instances)
    assert found.get_data_info(0)['seg_map_path'] == str(partly)
    assert found.get_data_info(1)['seg_map_path'].endswith('_labelIds.png')


def test_the_table_is_that_of_the_publishers(tmp_path):
    ids = [label.id for label in official if label.id >= 0]
    write_png(tmp_path / 'x_gtFine_labelIds.png', np.array([ids], np.uint8))
    labels, _ = read_cityscapes_labels(tmp_path / 'x_gtFine_labelIds.png', with_instances=False)
    assert labels.tolist() == [[label.trainId for label in official if label.id >= 0]]
    write_png(tmp_path / 'x_gtFine_labelIds.png', np.array([[33, 34, 255]], np.uint8))
    with pytest.raises(DataError, match=r'id 34 \(1 pixels\), id 255 \(1 pixels\) found; .* 0-33'):
        read_cityscapes_labels(tmp_path / 'x_gtFine_labelIds.png')


def test_labels_missing(tmp_path):
    write_cityscapes(tmp_path, frames=2)
    for kind in ('labelIds', 'labelTrainIds'):
        (tmp_path / f'{STEM}_{kind}.png').unlink()
    with pytest.raises(DataError, match=r'1 image\(s\) without label file: .*ulm_000000_000019'):
        build(tmp_path)


def test_invalid_training_id(tmp_path):
    write_png(tmp_path / 'x_gtFine_labelTrainIds.png', np.array([[0, 19, 255]], np.uint8))
    with pytest.raises(DataError, match=r'id 19 \(1 pixels\) found; valid ids are 0-18, 255'):
        read_cityscapes_labels(tmp_path / 'x_gtFine_labelTrainIds.png')


def test_image_missing(tmp_path):
    write_cityscapes(tmp_path)
    (tmp_path / 'leftImg8bit/val/ulm/ulm_000000_000019_leftImg8bit.png').unlink()
    with pytest.raises(DataError, match=r'1 label file\(s\) without image: .*labelTrainIds'):
        build(tmp_path)


def test_missing_and_wrong_instance_files(tmp_path, load_instances):
    write_cityscapes(tmp_path)
    instances = tmp_path / f'{STEM}_instanceIds.png'
    write_png(instances, np.zeros((3, 4), np.uint16))
    with pytest.raises(DataError, match='instanceIds.png: 4x3 pixels, but .* is 42x24'):
        build(tmp_path, load_instances)[0]
    instances.unlink()
    with pytest.raises(DataError, match='instanceIds.png: cannot be read'):
        build(tmp_path, load_instances)[0]
    write_png(tmp_path / 'other.png', np.zeros((3, 4), np.uint8))
    with pytest.raises(DataError, match='instances are found only beside files named'):
        read_cityscapes_labels(tmp_path / 'other.png')


def test_without_labels(tmp_path, load):
    write_cityscapes(tmp_path, train_ids=False)
    dataset = build(tmp_path, load, prefix=dict(img_path='leftImg8bit/val'))
    assert len(dataset) == 1 and 'gt_seg_map' not in dataset[0]


def test_no_split_argument(tmp_path):
    with pytest.raises(ConfigError, match='takes no split; choose it by data_prefix'):
        build(tmp_path, split='val')


def test_a_list_of_files_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="remove ann_file='few.txt' and choose .* by indices"):
        CheckedCityscapesDataset(data_root=str(tmp_path), ann_file='few.txt')


def test_missing_folder(tmp_path):
    write_cityscapes(tmp_path)
    with pytest.raises(DataError, match='no folder .*leftImg8bit/test'):
        build(tmp_path, prefix=dict(img_path='leftImg8bit/test', seg_map_path='gtFine/test'))
