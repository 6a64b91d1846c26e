"""What every data set has: errors for roots, pairs and files; subsets of classes, indices."""

import numpy as np
import pytest
import torch
from layouts import photo, stripes, write_camvid, write_image, write_png
from torch.utils.data import DataLoader

from mmseg_ext.common.errors import ConfigError, DataError
from mmseg_ext.data import (
    CamVidDataset,
    CheckedCityscapesDataset,
    FreiburgForestDataset,
    SynthiaDataset,
)


def build(root, pipeline=(), split='train', **kwargs):
    return CamVidDataset(split=split, data_root=str(root), pipeline=list(pipeline), **kwargs)


@pytest.mark.parametrize(
    'dataset, section',
    [
        (CamVidDataset, 'CamVid'),
        (SynthiaDataset, 'SYNTHIA'),
        (FreiburgForestDataset, 'Freiburg Forest'),
        (CheckedCityscapesDataset, 'Cityscapes'),
    ],
)
def test_missing_root(tmp_path, repository, dataset, section):
    split = {} if section == 'Cityscapes' else dict(split='train')
    with pytest.raises(DataError) as caught:
        dataset(data_root=str(tmp_path / 'nowhere'), **split)
    message = str(caught.value)
    assert str(tmp_path / 'nowhere') in message
    assert 'MMSEG_EXT_DATA' in message and '--cfg-options data_root=DIR' in message
    assert f'data/README.md, section "{section}"' in message
    assert f'## {section}' in (repository / 'data' / 'README.md').read_text()


def test_a_missing_partner_in_either_direction(tmp_path):
    write_camvid(tmp_path, frames=9)
    for index in range(7):
        (tmp_path / f'annotations/train/train_{index:05}.png').unlink()
    (tmp_path / 'images/train/train_00008.png').unlink()
    with pytest.raises(DataError) as caught:
        build(tmp_path)
    message = str(caught.value)
    assert '7 image(s) without label file: ' in message and 'train_00000.png' in message
    assert 'train_00004.png and 2 more' in message and 'train_00005' not in message
    assert '1 label file(s) without image: ' in message
    assert 'annotations/train/train_00008.png' in message


def test_two_images_of_one_name(tmp_path):
    write_camvid(tmp_path)
    write_image(tmp_path / 'images/train/train_00000.jpg', 0, (24, 36))
    with pytest.raises(DataError, match=r"two image files for 'train_00000': .*\.jpg and .*\.png"):
        build(tmp_path)


def test_other_files_do_not_matter(tmp_path):
    write_camvid(tmp_path)
    (tmp_path / 'images/train/Thumbs.db').write_bytes(b'x')
    (tmp_path / 'images/train/._train_00000.png').write_bytes(b'x')
    assert len(build(tmp_path)) == 2


def test_no_images(tmp_path):
    (tmp_path / 'images/train').mkdir(parents=True)
    (tmp_path / 'annotations/train').mkdir(parents=True)
    with pytest.raises(DataError, match='no images found'):
        build(tmp_path)


@pytest.mark.parametrize('resized', [False, True])
def test_two_sizes(tmp_path, load, resized):
    write_camvid(tmp_path)
    write_png(tmp_path / 'annotations/train/train_00000.png', np.zeros((24, 30), np.uint8))
    if resized:
        load.insert(1, dict(type='Resize', scale=(30, 24), keep_ratio=False))
    with pytest.raises(
        DataError,
        match=r'annotations/train/train_00000\.png: labels are 30x24 '
        r'pixels .* but the image .*train_00000\.png is 36x24',
    ):
        build(tmp_path, load)[0]


def test_empty_and_truncated_images(tmp_path, load):
    write_camvid(tmp_path, suffix='.jpg')
    path = tmp_path / 'images/train/train_00000.jpg'
    content = path.read_bytes()
    path.write_bytes(content[:-200])
    with pytest.raises(DataError, match=r'train_00000\.jpg: the JPEG file is truncated'):
        build(tmp_path, load)[0]
    path.write_bytes(b'')
    with pytest.raises(DataError, match=r'train_00000\.jpg: the file is empty'):
        build(tmp_path, load)[0]


def test_empty_and_truncated_labels(tmp_path, load):
    write_camvid(tmp_path)
    path = tmp_path / 'annotations/train/train_00000.png'
    path.write_bytes(path.read_bytes()[:-6])
    with pytest.raises(DataError, match=r'annotations/.*train_00000\.png: the PNG file is trunc'):
        build(tmp_path, load)[0]
    path.write_bytes(b'')
    with pytest.raises(DataError, match=r'annotations/.*train_00000\.png: the file is empty'):
        build(tmp_path, load)[0]


def test_whatever_fails_names_the_files(tmp_path, load):
    write_camvid(tmp_path)
    (tmp_path / 'images/train/train_00001.png').write_text('not an image, but not empty')
    with pytest.raises(
        DataError,
        match=r'images/train/train_00001\.png with .*annotations/train/'
        r'train_00001\.png: \w+: ',
    ):
        build(tmp_path, load)[1]


def test_errors_survive_a_loader_worker(tmp_path, load):
    write_camvid(tmp_path)
    write_png(tmp_path / 'annotations/train/train_00001.png', np.full((24, 36), 77, np.uint8))
    loader = DataLoader(
        build(tmp_path, [*load, dict(type='PackSegInputs')]), num_workers=1, collate_fn=list
    )
    with pytest.raises(DataError, match=r'train_00001\.png: id 77 \(864 pixels\) found'):
        list(loader)


def test_custom_classes(tmp_path, load):
    write_camvid(tmp_path)
    classes = ('Car', 'Sky', 'Bicyclist')
    dataset = build(tmp_path, load, metainfo=dict(classes=classes))
    assert dataset.metainfo['classes'] == classes
    assert dataset.metainfo['thing_classes'] == ('Car', 'Bicyclist')
    assert dataset.metainfo['palette'] == [[64, 0, 128], [128, 128, 128], [0, 128, 192]]
    expected = [1, 255, 255, 255, 255, 255, 255, 255, 0, 255, 2, 255]
    np.testing.assert_array_equal(dataset[0]['gt_seg_map'][0], np.repeat(expected, 3))


@pytest.mark.parametrize(
    ('metainfo', 'message'),
    [
        (dict(thing_classes=('Car', 'Pedestrain')), "thing_classes: no class 'Pedestrain', did"),
        (
            dict(classes=('Car', 'Sky'), thing_classes=('Caar',)),
            "no class 'Caar', did you mean Car",
        ),
        (dict(train_shares=dict(Caar=100.0)), "train_shares: no class 'Caar', did you mean Car"),
        (dict(train_shares=dict(Car=100.0)), "train_shares: no share of 'Sky'"),
    ],
)
def test_misspelt_names_of_classes_are_refused(tmp_path, load, metainfo, message):
    write_camvid(tmp_path)
    with pytest.raises(ConfigError, match=f'CamVidDataset: {message}|{message}'):
        build(tmp_path, load, metainfo=metainfo)


def test_indices(tmp_path, load):
    write_camvid(tmp_path, frames=4)
    assert len(build(tmp_path, load, indices=3)) == 3
    dataset = build(tmp_path, load, indices=[2, 0])
    np.testing.assert_array_equal(dataset[0]['img'], photo(2, (24, 36))[..., ::-1])
    assert len(build(tmp_path, load, serialize_data=False)) == 4


@pytest.mark.parametrize(
    'argument, message',
    [
        (
            dict(data_prefix=dict(img_path='x')),
            'finds its files from data_root and split; remove',
        ),
        (dict(img_suffix='.jpg'), "remove img_suffix='.jpg'"),
        (dict(seg_map_suffix='_L.png'), "remove seg_map_suffix='_L.png'"),
        (dict(ann_file='train.txt'), "remove ann_file='train.txt'"),
        (dict(backend_args=dict(backend='http')), 'reads from local disk; remove backend_args'),
        (dict(reduce_zero_label=True), 'remove reduce_zero_label'),
        (dict(ignore_index=254), 'ignored pixels the id 255; remove ignore_index=254'),
    ],
)
def test_arguments_without_effect(tmp_path, argument, message):
    write_camvid(tmp_path)
    with pytest.raises(ConfigError, match=message):
        build(tmp_path, **argument)


def test_packed_sample(tmp_path, load):
    write_camvid(tmp_path)
    packed = build(tmp_path, [*load, dict(type='PackSegInputs')])[0]
    expected = stripes([*range(11), 255], (24, 36))
    torch.testing.assert_close(
        packed['data_samples'].gt_sem_seg.data[0], torch.tensor(expected.copy(), dtype=torch.int64)
    )
