"""Frames that are in several of a config's data sets, as files and as pixels."""

import os
import shutil

import pytest
from layouts import photo, write_camvid, write_image
from mmengine.config import Config
from PIL import Image

from mmseg_ext.data.checks.checks import check_config
from mmseg_ext.data.checks.overlaps import same_files


def reports_of(root, **parts):
    """Check a CamVid of which each use takes a split, and indices of it."""
    loaders = {
        f'{use}_dataloader': dict(
            dataset=dict(type='CamVidDataset', data_root=str(root), split=split, indices=indices)
        )
        for use, (split, indices) in parts.items()
    }
    return check_config(Config(loaders))


def problems_of(reports):
    return [problem for report in reports for problem in report.problems]


def notes_of(reports):
    return [note for report in reports for note in report.notes]


@pytest.mark.parametrize(
    ('train', 'val', 'common'),
    [
        (None, None, 4),
        ([0, 1], [2, 3], 0),
        ([0, 1, 2], [2, 3], 1),
        (3, -1, 0),
        (3, -2, 1),
        (None, 2, 2),
    ],
)
def test_one_split_as_train_and_val(tmp_path, train, val, common):
    write_camvid(tmp_path, frames=4)
    reports = reports_of(tmp_path, train=('train', train), val=('train', val))
    assert len(reports) == 1, 'it is read once'
    if not common:
        assert problems_of(reports) == []
    else:
        (problem,) = problems_of(reports)
        assert problem.startswith(f'{common} image file(s) are in train and in val: ')


@pytest.mark.parametrize('link', [os.symlink, os.link])
def test_a_linked_file_is_the_same_file(tmp_path, link):
    write_camvid(tmp_path)
    path = tmp_path / 'images/val/val_00000.png'
    path.unlink()
    link(tmp_path / 'images/train/train_00001.png', path)
    (problem,) = problems_of(reports_of(tmp_path, train=('train', None), val=('val', None)))
    assert problem == f'1 image file(s) are in train and in val: {path}'


def test_copies_under_other_names_and_in_other_formats(tmp_path):
    write_camvid(tmp_path, frames=3)
    images = tmp_path / 'images'
    shutil.copy(images / 'train/train_00000.png', images / 'test/test_00001.png')
    # The same pixels, compressed in another way.
    Image.fromarray(photo(1, (24, 36))).save(images / 'test/test_00002.png')
    shutil.copy(images / 'train/train_00002.png', images / 'train/train_00001.png')
    reports = reports_of(tmp_path, train=('train', None), val=('val', None), test=('test', None))
    (problem,) = problems_of(reports)
    assert problem.startswith('1 image(s) of test have the very pixels of images of train: ')
    assert f'test_00001.png = {images}/train/train_00000.png' in problem
    (note,) = notes_of(reports)
    assert note.startswith('1 image(s) of train have the very pixels of others of train: ')


def test_compressed_in_another_way(tmp_path):
    write_camvid(tmp_path)
    Image.fromarray(photo(1, (24, 36))).save(tmp_path / 'images/val/val_00000.png')
    (problem,) = problems_of(reports_of(tmp_path, train=('train', None), val=('val', None)))
    assert 'val_00000.png = ' in problem and problem.endswith('train_00001.png')


def test_equal_names_of_other_images_are_a_note(tmp_path):
    write_camvid(tmp_path)
    for kind in ('images', 'annotations'):
        for index in range(2):
            folder = tmp_path / kind / 'val'
            (folder / f'val_{index:05}.png').rename(folder / f'train_{index:05}.png')
    reports = reports_of(tmp_path, train=('train', None), val=('val', None))
    assert problems_of(reports) == []
    assert notes_of(reports) == [
        '2 file name(s) are in train and in val, of other images: train_00000.png, train_00001.png'
    ]


def test_one_set_for_val_and_test_is_fine(tmp_path):
    write_camvid(tmp_path)
    reports = reports_of(tmp_path, train=('train', None), val=('val', None), test=('val', None))
    assert problems_of(reports) == notes_of(reports) == []


def test_parts_of_val_in_test_are_a_note(tmp_path):
    write_camvid(tmp_path)
    reports = reports_of(tmp_path, val=('val', None), test=('val', 1))
    assert problems_of(reports) == []
    assert notes_of(reports)[0].startswith('1 image file(s) are in val and in test: ')


def test_same_files(tmp_path):
    for name in 'abc':
        write_image(tmp_path / f'{name}.png', 0, (4, 4))
    one = [tmp_path / 'a.png', tmp_path / 'gone.png']
    other = [f'{tmp_path}/../{tmp_path.name}/a.png', str(tmp_path / 'b.png'), 'gone.png']
    assert same_files(one, other) == other[:1]
