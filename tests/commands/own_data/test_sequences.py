"""Names that look like sequences, and what is proposed for them."""

from pathlib import Path

import pytest

from mmseg_ext.commands.own_data.sequences import (
    empty_split,
    fitting_pattern,
    look_like_sequences,
)
from mmseg_ext.data.folders.files import find_files
from mmseg_ext.data.folders.splits import hashed_splits


@pytest.fixture
def files(tmp_path):
    """Make empty images and labels of the names."""

    def make(names):
        for name in names:
            for path in (tmp_path / 'images' / f'{name}.jpg', tmp_path / 'labels' / f'{name}.png'):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch()
        return find_files(tmp_path, 'images', 'labels', '')

    return make


@pytest.mark.parametrize(
    ('names', 'expected'),
    [
        ([f'street_{number:04}.png' for number in range(6)], True),
        # CamVid's: a frame in thirty.
        ([f'0001TP_{number:06}_L.jp2' for number in range(6690, 7000, 30)], True),
        (['a/left.png', 'a/right.png', 'b/near.png', 'b/far.png'], True),
        (['beach.png', 'house.png', 'wood.png'], False),
        # Numbers that are no running ones, as COCO's.
        (['000000000139.jpg', '000000000285.jpg', '000000000632.jpg', '000000000724.jpg'], False),
        (['a/one.png', 'b/two.png', 'c/three.png', 'd/four.png'], False),
    ],
)
def test_names_of_sequences(names, expected):
    assert look_like_sequences(names) is expected


@pytest.mark.parametrize(
    ('names', 'pattern'),
    [
        ([f'drive{d}/{n}' for d in range(12) for n in range(3)], '(.+)/'),
        ([f'town{d}_{n:03}' for d in range(12) for n in range(3)], r'(.*\D)\d+\.'),
        ([f'shot{n:04}' for n in range(0, 1200, 50)], r'(.*)\d\d\.'),
        (['one', 'two', 'three'], None),
    ],
)
def test_the_pattern_that_is_proposed_fills_every_split(files, names, pattern):
    made = files(names)
    assert fitting_pattern(made, (0.8, 0.2)) == pattern
    if pattern:
        assert {*hashed_splits(made, (0.8, 0.2), pattern).values()} == {'train', 'val'}


def test_fractions_that_work_are_proposed_for_an_empty_split(files):
    made = files([f'{folder}/{number}' for folder in 'ab' for number in range(4)])
    images = [Path(path) for path in made.images]
    message = empty_split(made, images, (0.99, 0.01), '(.+)/')
    assert message.startswith(
        '--autosplit 0.99 0.01 leaves a split of the 8 image(s), kept together by --drive-pattern '
        "'(.+)/', empty; give --autosplit "
    )
    given = message.partition('; give --autosplit ')[2].partition(',')[0].split()
    fractions = tuple(map(float, given))
    assert sum(fractions) == pytest.approx(1)
    assert {*hashed_splits(made, fractions, '(.+)/').values()} == {'train', 'val'}


def test_one_drive_cannot_be_split(files):
    made = files([f'a/{number}' for number in range(4)])
    message = empty_split(made, made.images, (0.8, 0.2), '(.+)/')
    assert "no other fractions fill all; give --split-list 'lists/{split}.txt'" in message
