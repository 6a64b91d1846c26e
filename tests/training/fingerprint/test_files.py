"""The digest of a data set's files."""

import os
import shutil
import time

import pytest
from mmengine.dataset import BaseDataset
from mmseg.datasets import BaseSegDataset
from mmseg.registry import DATASETS

from mmseg_ext.training.fingerprint.files import describe_data


@pytest.fixture
def root(tmp_path):
    for kind, suffix in (('images', '.jpg'), ('labels', '.png')):
        (tmp_path / 'data' / kind).mkdir(parents=True)
        for name in 'abc':
            (tmp_path / 'data' / kind / f'{name}{suffix}').write_bytes(name.encode())
    return tmp_path / 'data'


def dataset(root, **more):
    return BaseSegDataset(
        data_root=str(root), data_prefix=dict(img_path='images', seg_map_path='labels'), **more
    )


def digest(root, **more):
    (described,) = describe_data(dataset(root, **more))
    assert described['type'] == 'BaseSegDataset'
    return described['samples'], described['names_and_sizes']


def test_names_and_sizes(root, tmp_path):
    before = digest(root)
    assert before[0] == 3
    copy = shutil.copytree(root, tmp_path / 'elsewhere' / 'copy')
    assert digest(copy) == before, 'wherever the data lie'
    os.utime(root / 'images' / 'a.jpg', (0, 0))
    assert digest(root) == before
    (root / 'labels' / 'b.png').write_bytes(b'bb')
    grown = digest(root)
    assert grown != before
    (root / 'labels' / 'b.png').write_bytes(b'x')
    assert digest(root) == before, 'content of the same size is not looked at'
    (root / 'images' / 'c.jpg').rename(root / 'images' / 'd.jpg')
    (root / 'labels' / 'c.png').rename(root / 'labels' / 'd.png')
    assert digest(root) != before


def test_a_missing_file_has_no_size(root):
    before = digest(root)
    (root / 'labels' / 'b.png').unlink()
    assert digest(root) != before


def test_wrappers_consist_of_what_they_wrap(root):
    one = dict(
        type='BaseSegDataset',
        data_root=str(root),
        data_prefix=dict(img_path='images', seg_map_path='labels'),
    )
    twice = dict(type='RepeatDataset', times=2, dataset=one)
    both = dict(type='ConcatDataset', datasets=[one, twice])
    described = describe_data(DATASETS.build(both))
    assert described == describe_data(dataset(root)) * 2


def test_a_data_set_that_lists_no_files():
    class Numbers:
        def __len__(self):
            return 5

    assert describe_data(Numbers()) == [dict(type='Numbers', samples=5, names_and_sizes=None)]


def test_ten_thousand_files_take_no_time(tmp_path):
    class Many(BaseDataset):
        def load_data_list(self):
            return [dict(img_path=str(tmp_path / f'{i}.png')) for i in range(10000)]

    for index in range(10000):
        (tmp_path / f'{index}.png').touch()
    many = Many()
    begin = time.process_time()
    describe_data(many)
    assert time.process_time() - begin < 2
