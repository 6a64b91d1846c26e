"""Label suffixes, found by the names of files."""

import pytest

from mmseg_ext.data.folders.suffixes import label_suffixes


@pytest.fixture
def found(tmp_path):
    """Make empty files; gives the suffixes with their numbers of files, and that of the images."""

    def find(files, images='images', labels='labels'):
        for file in files.split():
            (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / file).touch()
        suffixes, number = label_suffixes(tmp_path, images, labels)
        return dict(suffixes), number

    return find


def test_one_suffix(found):
    files = 'images/a.jpg images/s/b.JPG labels/a_mask.png labels/s/b_mask.png labels/c.png'
    assert found(files) == ({'_mask': 2}, 2)


def test_the_same_names(found):
    # 10 begins with 1: a suffix by chance, which one file has.
    files = 'images/1.jpg images/10.jpg images/2.jpg labels/1.png labels/10.png labels/2.png'
    assert found(files) == ({'': 3, '0': 1}, 3)


def test_two_suffixes(found):
    files = 'images/a.jpg images/b.jpg labels/a_L.png labels/b_L.png labels/a_id.png'
    assert found(files) == ({'_L': 2, '_id': 1}, 2)


def test_labels_beside_images(found):
    files = 'all/a.png all/a_L.png all/b.png all/b_L.png'
    assert found(files, 'all', 'all') == ({'_L': 2}, 2)


def test_of_another_folder(found):
    assert found('images/s/a.jpg labels/t/a.png') == ({}, 1)
