"""Which images of a folder are in which split: by a list of names, or by a hash of the name."""

import hashlib
import os
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate
from pathlib import Path, PurePosixPath

from mmseg_ext.common.errors import ConfigError, DataError
from mmseg_ext.data.folders.files import Files
from mmseg_ext.evaluation.drives import drives_of

_NAMES = ('train', 'val', 'test')
_BYTES = 8


def check_autosplit(fractions: object) -> tuple[float, ...]:
    """Check the fractions of `autosplit`.

    Args:
        fractions: Those of train and val, or of train, val and test.

    Raises:
        ConfigError: They are not 2 or 3 numbers above 0 that add to 1.
    """
    if (
        not isinstance(fractions, Sequence)
        or len(fractions) not in (2, 3)
        or not all(isinstance(each, (int, float)) and 0 < each < 1 for each in fractions)
        or abs(sum(fractions) - 1) > 1e-6
    ):
        raise ConfigError(
            f'autosplit={fractions!r}: give the fractions of train and val, or of train, val and '
            'test, which add to 1: autosplit=(0.8, 0.2)'
        )
    return tuple(float(each) for each in fractions)


def split_names(fractions: Sequence[float]) -> tuple[str, ...]:
    """Return the names of that many splits: train and val, or train, val and test."""
    return _NAMES[: len(fractions)]


def split_of(unit: str, fractions: Sequence[float]) -> str:
    """Return the split that a name falls into, the same whatever other names there are.

    Args:
        unit: The name.
        fractions: Those of the splits.

    Source: our decision; SHA-256 of the name as a number from 0 to 1.
    """
    digest = hashlib.sha256(os.fsencode(unit)).digest()[:_BYTES]
    place = int.from_bytes(digest, 'big') / 256**_BYTES
    return _NAMES[bisect_right(list(accumulate(fractions))[:-1], place)]


def autosplit(
    names: Mapping[Path, str], keys: Mapping[Path, str], fractions: Sequence[float],
    drive_pattern: str | None,
) -> dict[Path, str]:  # fmt: skip
    """Put every image into a split.

    Args:
        names: The name of each image, which the pattern is searched in.
        keys: The key of each image, by which it falls into a split.
        fractions: As of :func:`check_autosplit`.
        drive_pattern: The images of a drive fall into the same split, by the drive's name.

    Raises:
        ConfigError: The pattern names no drive of an image.
    """
    units = dict(keys)
    if drive_pattern is not None and names:
        drives = drives_of(list(names.values()), drive_pattern)
        units = {path: '/'.join(drive) for path, drive in zip(names, drives, strict=True)}
    return {path: split_of(unit, fractions) for path, unit in units.items()}


def hashed_splits(
    files: Files, fractions: Sequence[float], drive_pattern: str | None
) -> dict[Path, str]:
    """Put every image of some files into a split.

    Args:
        files: Images and label files.
        fractions: As of :func:`check_autosplit`.
        drive_pattern: As of :func:`autosplit`; it is searched in paths below the images' folder.

    Raises:
        ConfigError: The pattern names no drive of an image.
    """
    return autosplit(
        {path: files.image_name(path) for path in files.images},
        {path: files.image_key(path) for path in files.images},
        fractions,
        drive_pattern,
    )


def listed_images(file: Path, keys: Mapping[Path, str], root: Path) -> tuple[set[Path], list[str]]:
    """Read a list of images, one a line.

    Args:
        file: The list; a line is a path below `root`, a file name or a key, with or without suffix.
        keys: The key of each image.
        root: The root of the data set.

    Returns:
        The images of the list, and what is wrong with it.

    Raises:
        DataError: The list cannot be read or has no line.
    """
    try:
        lines = [line.strip() for line in file.read_text(encoding='utf-8').splitlines()]
    except OSError as error:
        raise DataError(f'{file}: cannot be read ({error.strerror})') from None
    except UnicodeDecodeError:
        raise DataError(f'{file}: is no list of names in UTF-8') from None
    lines = [line.removeprefix('./') for line in lines if line]
    if not lines:
        raise DataError(f'{file}: the list is empty; it has the name of an image in each line')
    called: dict[str, set[Path]] = {}
    for path, key in keys.items():
        below = path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
        stems = (str(PurePosixPath(below).with_suffix('')), path.stem)
        for name in (below, path.name, key, *stems):
            called.setdefault(name, set()).add(path)
    problems = []
    unknown = [line for line in lines if line not in called]
    if unknown:
        problems.append(f'{file}: {len(unknown)} line(s) name no image: {_few(unknown)}')
    several = [line for line in lines if len(called.get(line, ())) > 1]
    if several:
        problems.append(
            f'{file}: {len(several)} line(s) name several images, of which give the paths: '
            f'{_few(several)}'
        )
    return {path for line in lines for path in called.get(line, ())}, problems


def _few(lines: Sequence[str]) -> str:
    more = f' and {len(lines) - 5} more' if len(lines) > 5 else ''
    return ', '.join(map(repr, lines[:5])) + more
