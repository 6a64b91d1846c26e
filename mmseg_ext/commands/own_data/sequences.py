"""Names that look like frames of sequences, and splits that suit the images there are."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path, PurePosixPath

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.data.folders.files import Files
from mmseg_ext.data.folders.splits import hashed_splits

_NUMBERED = re.compile(r'(.*?)(\d+)\D*', re.DOTALL)
# Folders; what stands before a number; numbers that differ in the last two digits, or in the last.
_PATTERNS = ('(.+)/', r'(.*\D)\d+\.', r'(.*)\d\d\.', r'(.*)\d\.')


def look_like_sequences(names: Sequence[str]) -> bool:
    """Return whether images are, by their names, frames of sequences.

    Args:
        names: Paths below the folder of the images, with slashes.

    Source: our decision. They are where half of them or more share a folder, of which there are
    several, with others; or have a running number, with the same step to the next as most.
    """
    folders = Counter(str(PurePosixPath(name).parent) for name in names)
    together = sum(count for count in folders.values() if count > 1)
    if len(folders) > 1 and 2 * together >= len(names):
        return True
    numbers: dict[str, set[int]] = {}
    for name in names:
        if found := _NUMBERED.fullmatch(str(PurePosixPath(name).with_suffix(''))):
            numbers.setdefault(found[1], set()).add(int(found[2]))
    steps = Counter(
        after - before for each in numbers.values() for before, after in pairwise(sorted(each))
    )
    return bool(steps) and 2 * max(steps.values()) >= len(names)


def fitting_pattern(files: Files, fractions: Sequence[float]) -> str | None:
    """Return a pattern of drives by which every split gets images; None where no simple one does.

    Args:
        files: Images and label files.
        fractions: Of the splits.
    """
    for pattern in _PATTERNS:
        try:
            filled = {*hashed_splits(files, fractions, pattern).values()}
        except ConfigError:
            continue
        if len(filled) == len(fractions):
            return pattern
    return None


def empty_split(
    files: Files, images: Iterable[Path], fractions: Sequence[float], drive_pattern: str | None
) -> str:
    """Say that a split has no image, and which option gives it some.

    Args:
        files: Images and label files.
        images: The images that have labels.
        fractions: Of the splits.
        drive_pattern: The images of a drive stay together.
    """
    paths = [*images]
    apart = f', kept together by --drive-pattern {drive_pattern!r},' if drive_pattern else ''
    what = (
        f'--autosplit {_words(fractions)} leaves a split of the {len(paths)} image(s){apart} empty'
    )
    for others in _fractions(len(fractions)):
        of = hashed_splits(files, others, drive_pattern)
        if len({of[path] for path in paths}) == len(others):
            return f'{what}; give --autosplit {_words(others)}, which puts images into each'
    lists = "--split-list 'lists/{split}.txt', with a file for each split, an image a line"
    return f'{what}, and no other fractions fill all; give {lists}'


def _fractions(splits: int) -> Iterator[tuple[float, ...]]:
    for percent in range(10, 100 // splits + 1, 5):
        yield ((100 - (splits - 1) * percent) / 100, *[percent / 100] * (splits - 1))
    if splits == 2:
        for percent in range(55, 100, 5):
            yield ((100 - percent) / 100, percent / 100)


def _words(fractions: Sequence[float]) -> str:
    return ' '.join(f'{each:g}' for each in fractions)
