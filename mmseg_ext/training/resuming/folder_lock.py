"""One training at a time in a work folder."""

import os
import warnings
from pathlib import Path
from typing import IO

from mmseg_ext.common.errors import ConfigError

try:
    import fcntl
except ImportError:  # not a POSIX system
    fcntl = None  # type: ignore[assignment]

_NAME = '.training_lock'
_HELD: dict[Path, IO[bytes]] = {}


def hold(folder: str | Path) -> None:
    """Keep other processes from training in a folder until this one ends, however it ends.

    A second training of the same process may. Where there are no locks, all pass, with a warning.

    Raises:
        ConfigError: Another process trains there, or the lock is none of ours.
    """
    path = Path(folder).resolve() / _NAME
    if path in _HELD:
        return
    # A POSIX lock belongs to the process alone: a data-loading worker that outlives a killed
    # training does not hold it.
    handle = _open(path)
    try:
        if fcntl is None:
            raise OSError('this system has none of POSIX')
        fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        handle.close()
        raise ConfigError(
            f'another training runs in {folder}: choose another --work-dir, or wait for its end'
        ) from None
    except OSError as error:
        warnings.warn(
            f'{path} cannot be locked ({error}): nothing keeps a second training out of this '
            'folder, so see to it yourself',
            stacklevel=2,
        )
    _HELD[path] = handle


def _open(path: Path) -> IO[bytes]:
    """Open a file without touching what is in it, or what it is a link to."""
    flags = os.O_RDWR | os.O_CREAT | getattr(os, 'O_NOFOLLOW', 0)
    try:
        return os.fdopen(os.open(path, flags, 0o666), 'r+b', buffering=0)
    except OSError as error:
        raise ConfigError(
            f'{path}: cannot be opened as the mark of a running training ({error.strerror}): '
            'remove it, or choose another --work-dir'
        ) from error
