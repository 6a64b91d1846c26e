"""SYNTHIA: 16-bit labels, the views of 19, 16 and 13 classes, the split by number, instances."""

import cv2
import numpy as np
import pytest
from layouts import write_png, write_synthia
from PIL import Image

from mmseg_ext.common.errors import ConfigError, DataError
from mmseg_ext.data import SynthiaDataset
from mmseg_ext.data.labels.synthia import read_synthia_labels

# What each of SYNTHIA's 23 classes, in their order, is in Cityscapes (by the names of both).
NAMES = [
    None,
    'sky',
    'building',
    'road',
    'sidewalk',
    'fence',
    'vegetation',
    'pole',
    'car',
    'traffic sign',
    'person',
    'bicycle',
    'motorcycle',
    None,
    None,
    'traffic light',
    'terrain',
    'rider',
    'truck',
    'bus',
    'train',
    'wall',
    None,
]
THINGS = {'person', 'rider', 'car', 'truck', 'bus', 'train', 'motorcycle', 'bicycle'}
WITHOUT = {
    19: set(),
    16: {'terrain', 'truck', 'train'},
    13: {'terrain', 'truck', 'train', 'wall', 'fence', 'pole'},
}


@pytest.mark.parametrize('num_classes', [19, 16, 13])
def test_views(tmp_path, load, num_classes):
    write_synthia(tmp_path)
    dataset = SynthiaDataset(
        split='train', num_classes=num_classes, data_root=str(tmp_path), pipeline=load
    )
    classes = dataset.metainfo['classes']
    assert len(classes) == len(dataset.metainfo['palette']) == num_classes
    assert set(classes) == {name for name in NAMES if name} - WITHOUT[num_classes]
    assert set(dataset.metainfo['thing_classes']) == THINGS - WITHOUT[num_classes]
    expected = [classes.index(name) if name in classes else 255 for name in NAMES]
    np.testing.assert_array_equal(dataset[0]['gt_seg_map'][0], np.repeat(expected, 2))


def test_splits_by_number(tmp_path):
    write_synthia(tmp_path, numbers=(0, 7, 8999, 9000, 9399))

    def names(split):
        dataset = SynthiaDataset(split=split, data_root=str(tmp_path))
        return [dataset.get_data_info(i)['img_path'][-11:] for i in range(len(dataset))]

    assert names('train') == ['0000000.png', '0000007.png', '0008999.png']
    assert names('val') == ['0009000.png', '0009399.png']


def test_instances_are_unique_across_classes(tmp_path, load_instances):
    write_synthia(tmp_path)
    sample = SynthiaDataset(split='train', data_root=str(tmp_path), pipeline=load_instances)[0]
    instances, labels = sample['gt_instance_map'], sample['gt_seg_map']
    assert instances.dtype == np.int32
    thing = np.isin(labels, [11, 12, 13, 14, 15, 16, 17, 18])
    assert (instances[thing] > 0).all() and not instances[~thing].any()
    # Eight things, each with one instance in the upper half and another in the lower.
    assert len(np.unique(instances[thing])) == 16
    assert len(np.unique(instances[:12][thing[:12]])) == 8


def test_number_0_is_no_instance(tmp_path):
    label = np.zeros((1, 3, 3), np.uint16)
    label[0, :, 0], label[0, :, 1] = [8, 8, 3], [0, 5, 5]
    write_png(tmp_path / '0.png', label)
    _, instances = read_synthia_labels(tmp_path / '0.png')
    np.testing.assert_array_equal(instances, [[0, 8 * 65536 + 5, 0]])
    assert read_synthia_labels(tmp_path / '0.png', False)[1] is None


def test_other_readers_silently_see_nothing(tmp_path):
    """The classic silent failure, and why it has a reader of its own."""
    write_synthia(tmp_path, numbers=(0,))
    path = tmp_path / 'GT' / 'LABELS' / '0000000.png'
    assert not cv2.imread(str(path))[..., 2].any()
    assert not np.array(Image.open(path).convert('RGB'))[..., 0].any()
    labels, _ = read_synthia_labels(path)
    assert set(np.unique(labels)) == {*range(19), 255}


def test_all_void_is_an_error(tmp_path):
    write_png(tmp_path / '0.png', np.zeros((4, 5, 3), np.uint16))
    with pytest.raises(DataError, match=r'0\.png: every pixel is 0 \(void\)'):
        read_synthia_labels(tmp_path / '0.png')


@pytest.mark.parametrize(
    'array, found',
    [
        (np.ones((4, 5, 3), np.uint8), '8-bit RGB'),
        (np.ones((4, 5), np.uint8), '8-bit grey'),
        (np.ones((4, 5), np.uint16), '16-bit grey'),
    ],
)
def test_converted_labels_are_errors(tmp_path, array, found):
    write_png(tmp_path / '0.png', array)
    with pytest.raises(DataError, match=f'this one is {found}; was it converted'):
        read_synthia_labels(tmp_path / '0.png')


def test_unknown_class(tmp_path):
    label = np.ones((2, 2, 3), np.uint16)
    label[0, 0, 0], label[1, 1, 0] = 23, 4000
    write_png(tmp_path / '0.png', label)
    with pytest.raises(
        DataError,
        match=r'id 23 \(1 pixels\), id 4000 \(1 pixels\) found; valid '
        'ids are 0-22',
    ):
        read_synthia_labels(tmp_path / '0.png')


def test_a_name_that_is_no_number(tmp_path):
    write_synthia(tmp_path)
    (tmp_path / 'RGB' / 'copy of 0000000.png').write_bytes(b'')
    with pytest.raises(DataError, match=r'copy of 0000000\.png: the name is not a frame number'):
        SynthiaDataset(split='train', data_root=str(tmp_path))


def test_wrong_arguments(tmp_path):
    with pytest.raises(ConfigError, match='num_classes=7 is not one of 19, 16, 13'):
        SynthiaDataset(split='train', num_classes=7)
    with pytest.raises(ConfigError, match='num_classes and metainfo both choose classes'):
        SynthiaDataset(split='train', num_classes=16, metainfo=dict(classes=('road',)))
