"""Files that appear complete or not at all."""

import errno
import os
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from mmseg_ext.common.errors import DataError

# Windows opens no folder; some network file systems open it and sync none.
_NO_SYNC_OF_FOLDERS = (errno.EACCES, errno.EISDIR, errno.EINVAL, errno.ENOTSUP)


@contextmanager
def atomic_path(path: Path, durable: bool = False) -> Iterator[Path]:
    """Give a temporary path beside ``path``, of the same suffix, and move it there at the end.

    Args:
        path: Where the file shall appear; its folder is made.
        durable: Whether to wait until the file, and then its name, are on the disk. A system that
            cannot wait for the name does without, with a warning.

    Yields:
        The path to write to. If writing fails, ``path`` stays as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f'.{path.stem}.{os.getpid()}.tmp{path.suffix}')
    try:
        yield temporary
        if durable:
            _sync(temporary)
        os.replace(temporary, path)
        if durable:
            _sync_names(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def remove_temporaries(folder: str | Path, names: str = '.*') -> None:
    """Remove what processes that were killed while writing have left in a folder.

    Args:
        folder: Where nobody else writes files of these names now.
        names: A regular expression of the names that the files would have had.
    """
    for path in Path(folder).glob('.*.tmp*'):
        made = re.fullmatch(r'\.(.+)\.\d+\.tmp(\..*)?', path.name)
        if made and re.fullmatch(names, made[1] + (made[2] or '')):
            path.unlink(missing_ok=True)


def write_image(path: Path, image: np.ndarray, parameters: Sequence[int] = ()) -> None:
    """Write an image file, complete or not at all.

    Args:
        path: Its suffix names the format.
        image: What OpenCV writes: (H, W), or (H, W, 3) BGR.
        parameters: OpenCV's, of the format.

    Raises:
        DataError: It cannot be written.
    """
    try:
        # cv2.imwrite does not notice that the disk was full when it closes the file.
        encoded = cv2.imencode(path.suffix, image, parameters)[1].tobytes()
        with atomic_path(path) as temporary:
            temporary.write_bytes(encoded)
    except (OSError, cv2.error) as error:
        raise DataError(f'{path}: cannot be written ({error})') from error


def _sync_names(folder: Path) -> None:
    try:
        _sync(folder, os.O_RDONLY)
    except OSError as error:
        if error.errno not in _NO_SYNC_OF_FOLDERS:
            raise
        _warn_once(folder, str(error.strerror))


@cache
def _warn_once(folder: Path, reason: str) -> None:
    warnings.warn(
        f'{folder}: a folder cannot be synced here ({reason}): after a power failure, its newest '
        'files may be missing',
        stacklevel=2,
    )


def _sync(path: Path, access: int = os.O_RDWR) -> None:
    descriptor = os.open(path, access)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
