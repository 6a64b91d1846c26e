"""What a command line names to be predicted: a list of images and videos, with their names.

The name of an input is its path below the folder or the part of a pattern before the first
wildcard; of files that are named one by one, below the folder that they have in common.
"""

import glob
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.data.folders.files import IMAGE_SUFFIXES

VIDEO_SUFFIXES = ('.avi', '.m4v', '.mkv', '.mov', '.mp4', '.mpeg', '.mpg', '.webm', '.wmv')
LIST = '-'
_WILD = re.compile(r'[*?[]')
_LISTED = 3


class Source(NamedTuple):
    """An image or a video.

    Attributes:
        path: The file.
        name: Its path below what was named, with suffix; outputs have it without.
    """

    path: Path
    name: PurePosixPath

    @property
    def is_video(self) -> bool:
        """Whether it is a video, by its suffix."""
        return self.path.suffix.lower() in VIDEO_SUFFIXES


class Inputs(NamedTuple):
    """All that is to be predicted.

    Attributes:
        sources: In the order in which they were named, each folder's by path.
        notes: What of folders and patterns was passed over.
    """

    sources: list[Source]
    notes: list[str]


def find_inputs(named: Sequence[str], listed: Iterable[str], recursive: bool, out: Path) -> Inputs:
    """Find what a command line names.

    Args:
        named: Files, folders and patterns with ``*``, ``?``, ``[…]`` and ``**``; ``-`` stands for
            ``listed``. Below folders and patterns, files and folders whose name begins with a dot
            are passed over.
        listed: Lines of a file, folder or pattern each.
        recursive: Whether folders stand for what is in their folders too.
        out: A folder that no input is taken from.

    Raises:
        ConfigError: One is not there or stands for no image or video, a file is of a format that is
            not read, or two inputs have the same name but for the suffix.
    """
    files: list[Path] = []
    sources: list[Source] = []
    others: list[Path] = []
    for text in _expanded(named, listed):
        path = Path(text)
        if path.is_dir():
            every = glob.glob('**' if recursive else '*', root_dir=path, recursive=recursive)
            found, other = _below(path, (path / each for each in every if each), out)
            hint = '' if recursive else '; its sub-folders are read with --recursive'
            _require(found, f'{text}: no image or video in this folder{hint}')
        elif os.path.lexists(path):
            _check_format(path)
            files.append(path)
            sources.append(Source(path, PurePosixPath(path.name)))
            continue
        elif _WILD.search(text):
            matches = glob.glob(text, recursive=True)
            found, other = _below(_fixed_part(path), map(Path, matches), out)
            _require(found, f'{text}: no image or video is so called')
        else:
            raise ConfigError(f'{text}: no such file or folder')
        sources += found
        others += other
    if not sources:
        raise ConfigError('nothing is named to predict: standard input has no line')
    sources = _with_common_folder(sources, files)
    _check_names(sources)
    return Inputs(sources, _passed_over(others))


def _expanded(named: Sequence[str], listed: Iterable[str]) -> Iterator[str]:
    for text in named:
        if text == LIST:
            yield from (line.rstrip('\r\n') for line in listed if line.strip())
        else:
            yield text


def _below(root: Path, paths: Iterable[Path], out: Path) -> tuple[list[Source], list[Path]]:
    """Return images and videos, and other files, of those below a folder."""
    inside_out = out.resolve()
    found, other = [], []
    for path in sorted(paths):
        name = path.relative_to(root)
        hidden = any(part.startswith('.') for part in name.parts)
        # A link to nothing is an input, and bad.
        if hidden or path.is_dir() or inside_out in path.resolve().parents:
            continue
        if path.suffix.lower() in (*IMAGE_SUFFIXES, *VIDEO_SUFFIXES):
            found.append(Source(path, PurePosixPath(name)))
        else:
            other.append(path)
    return found, other


def _fixed_part(pattern: Path) -> Path:
    parts = pattern.parts
    wild = next(at for at, part in enumerate(parts) if _WILD.search(part))
    if '..' in parts[wild:]:
        raise ConfigError(f'{pattern}: .. stands behind a wildcard; begin the pattern with it')
    return Path(*parts[:wild])


def _check_format(path: Path) -> None:
    if path.suffix.lower() not in (*IMAGE_SUFFIXES, *VIDEO_SUFFIXES):
        raise ConfigError(
            f'{path}: files of this suffix are not read; images are {" ".join(IMAGE_SUFFIXES)}, '
            f'videos {" ".join(VIDEO_SUFFIXES)}, a list of files is read from standard input by -'
        )


def _require(found: list[Source], message: str) -> None:
    if not found:
        raise ConfigError(message)


def _with_common_folder(sources: list[Source], files: list[Path]) -> list[Source]:
    """Name files that were named one by one by what tells their folders apart."""
    absolute = {path: Path(os.path.abspath(path)) for path in files}
    if not absolute:
        return sources
    common = os.path.commonpath([path.parent for path in absolute.values()])
    return [
        Source(path, PurePosixPath(absolute[path].relative_to(common)))
        if path in absolute
        else Source(path, name)
        for path, name in sources
    ]


def _check_names(sources: list[Source]) -> None:
    first: dict[PurePosixPath, Source] = {}
    for source in sources:
        other = first.setdefault(source.name.with_suffix(''), source)
        if other is source:
            continue
        if other.path.resolve() == source.path.resolve():
            raise ConfigError(f'{source.path} is named twice, first as {other.path}')
        raise ConfigError(
            f'{other.path} and {source.path} would be written to the same files, called '
            f'{source.name.with_suffix("")}: predict them into two folders, or rename one'
        )


def _passed_over(others: list[Path]) -> list[str]:
    if not others:
        return []
    more = f' and {len(others) - _LISTED} more' if len(others) > _LISTED else ''
    listed = ', '.join(map(str, others[:_LISTED])) + more
    return [f'{len(others)} file(s) passed over that are neither images nor videos: {listed}']
