"""Images of more than 8 bits: in the training, in the check of the data, and pasted."""

import cv2
import numpy as np
import pytest
from layouts import photo, write_camvid, write_png
from mmseg.registry import DATASETS
from PIL import Image

from mmseg_ext.common.errors import DataError
from mmseg_ext.data.checks.checks import check_dataset
from mmseg_ext.data.reading.bit_depth import check_8bit_image

CAMVID = dict(type='CamVidDataset', split='train')


@pytest.fixture
def deep(tmp_path):
    """CamVid whose second image has 16 bits."""
    write_camvid(tmp_path)
    image = photo(1, (24, 36)).astype(np.uint16) * 16
    write_png(tmp_path / 'images/train/train_00001.png', image)
    return tmp_path


def test_a_16_bit_image_is_refused_where_it_is_loaded(deep, load):
    dataset = DATASETS.build(dict(CAMVID, data_root=str(deep), pipeline=load))
    dataset[0]
    with pytest.raises(DataError, match=r'train_00001\.png: the PNG image has 16 bits a channel'):
        dataset[1]


def test_a_16_bit_image_is_refused_by_the_check_of_the_data(deep, load):
    dataset = DATASETS.build(dict(CAMVID, data_root=str(deep), pipeline=load))
    report = check_dataset(dataset, with_instances=False, parts=[])
    (problem,) = report.problems
    assert 'train_00001.png: the PNG image has 16 bits a channel' in problem


def test_a_16_bit_image_is_not_pasted_from(deep, load):
    rare = dict(type='PasteRareInstances', dataset='CamVidDataset', prob=1.0)
    dataset = DATASETS.build(dict(CAMVID, data_root=str(deep), pipeline=[*load, rare]))
    with pytest.raises(DataError, match='has 16 bits a channel'):
        for _ in range(20):
            dataset[0]


@pytest.mark.parametrize('color_type', ['color', 'unchanged'])
def test_a_16_bit_image_of_a_data_set_of_others(deep, color_type):
    plain = dict(
        type='BaseSegDataset',
        img_suffix='.png',
        metainfo=dict(classes=('a',)),
        data_root=str(deep),
        data_prefix=dict(img_path='images/train'),
        pipeline=[dict(type='LoadImageFromFile', color_type=color_type)],
    )
    dataset = DATASETS.build(dict(type='GuardedDataset', dataset=plain))
    dataset[0]
    with pytest.raises(DataError, match='has 16 bits a channel'):
        dataset[1]


@pytest.mark.parametrize(
    ('dtype', 'channels', 'bits'),
    [(np.uint16, 1, 16), (np.uint16, 3, 16), (np.float32, 1, 32), (np.uint8, 1, 8),
     (np.uint8, 3, 8)],
)  # fmt: skip
def test_tiff(tmp_path, dtype, channels, bits):
    path = tmp_path / 'image.tif'
    cv2.imwrite(str(path), np.zeros((6, 8, channels), dtype))
    if bits == 8:
        check_8bit_image(path)
    else:
        with pytest.raises(DataError, match=f'the TIFF image has {bits} bits a channel'):
            check_8bit_image(path)


@pytest.mark.parametrize('name', ['big.tif', 'image.png', 'image.jpg', 'image.bmp', 'grey.png'])
def test_other_images_pass(tmp_path, name):
    path = tmp_path / name
    Image.new('L' if name == 'grey.png' else 'RGB', (8, 6)).save(path)
    check_8bit_image(path)


@pytest.mark.parametrize('content', [b'', b'II*\0', b'II*\0\xff\xff\xff\x7f', b'\x89PNG\r\n\x1a\n'])
def test_a_broken_file_is_left_to_its_reader(tmp_path, content):
    path = tmp_path / 'image'
    path.write_bytes(content)
    check_8bit_image(path)
