"""What a command line names: files, folders, patterns, lists."""

import os
from pathlib import Path

import pytest

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.prediction.inputs import find_inputs


@pytest.fixture
def photos(tmp_path, monkeypatch):
    """A tree of empty files, of which only the names matter here."""
    monkeypatch.chdir(tmp_path)
    for name in (
        'photos/b.png', 'photos/a.JPG', 'photos/notes.txt', 'photos/.hidden.png',
        'photos/left/1.png', 'photos/left/clip.MP4', 'photos/right/1.png', 'photos/.git/1.png',
        'out/overlay/a.png', 'odd [1]/x.png', 'empty/deep/x.png',
    ):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path


def names(*named, listed=(), recursive=False, out='out'):
    found = find_inputs(named, listed, recursive, Path(out))
    return [str(source.name) for source in found.sources]


def test_folders(photos):
    assert names('photos') == ['a.JPG', 'b.png']
    deep = ['a.JPG', 'b.png', 'left/1.png', 'left/clip.MP4', 'right/1.png']
    assert names('photos', recursive=True) == deep
    found = find_inputs(['photos'], (), True, Path('out'))
    assert [source.name.name for source in found.sources if source.is_video] == ['clip.MP4']
    assert found.notes == [
        '1 file(s) passed over that are neither images nor videos: photos/notes.txt'
    ]
    assert names('odd [1]') == ['x.png']


def test_links(photos):
    os.symlink(photos / 'photos/left', 'empty/deep/link')
    os.symlink('nowhere', 'empty/gone.png')
    assert names('empty') == ['gone.png']
    deep = ['deep/link/1.png', 'deep/link/clip.MP4', 'deep/x.png', 'gone.png']
    assert names('empty', recursive=True) == deep


def test_patterns(photos):
    assert names('photos/*/1.png') == ['left/1.png', 'right/1.png']
    assert names('photos/**/*.png') == ['b.png', 'left/1.png', 'right/1.png']
    assert names(str(photos / 'photos/l*/?.png')) == ['left/1.png']


def test_files_keep_the_folders_that_tell_them_apart(photos):
    assert names('photos/left/1.png') == ['1.png']
    assert names('photos/left/1.png', 'photos/right/1.png') == ['left/1.png', 'right/1.png']
    assert names('odd [1]/x.png', str(photos / 'photos/b.png')) == ['odd [1]/x.png', 'photos/b.png']


def test_a_list(photos):
    lines = ['photos/left/1.png\n', '\n', 'photos/b.png\r\n', 'photos/right\n']
    assert names('-', listed=lines) == ['left/1.png', 'b.png', '1.png']


def test_what_lies_in_out_is_no_input(photos):
    os.rename('out', 'photos/out')
    assert 'out/overlay/a.png' not in names('photos', recursive=True, out='photos/out')
    assert 'out/overlay/a.png' in names('photos', recursive=True)


@pytest.mark.parametrize(
    ('named', 'message'),
    [
        (['nowhere.png'], 'nowhere.png: no such file or folder'),
        (['photos/*.gif'], r'photos/\*.gif: no image or video is so called'),
        (['photos/*/../b.png'], r'\.\. stands behind a wildcard'),
        (['photos/notes.txt'], 'notes.txt: files of this suffix are not read; images are .bmp'),
        (['empty'], 'empty: no image or video in this folder; its sub-folders are read with'),
        (['photos/b.png', 'photos'], 'photos/b.png is named twice, first as photos/b.png'),
        (['-'], 'nothing is named to predict: standard input has no line'),
    ],
)
def test_mistakes(photos, named, message):
    with pytest.raises(ConfigError, match=message):
        names(*named)


def test_two_that_would_be_written_to_one_file(photos):
    (photos / 'photos/a.png').touch()
    with pytest.raises(ConfigError, match='photos/a.JPG and photos/a.png would be written to the'):
        names('photos')
    with pytest.raises(ConfigError, match='photos/left/1.png and photos/right/1.png would be'):
        names('photos/left', 'photos/right')
