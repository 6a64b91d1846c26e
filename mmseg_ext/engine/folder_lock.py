"""One training at a time in a work folder."""

import fcntl
from pathlib import Path
from typing import IO

from mmseg_ext.errors import ConfigError

_NAME = '.training_lock'
_HELD: dict[Path, IO[str]] = {}


def hold(folder: str | Path) -> None:
    """Keep other processes from training in a folder until this one ends, however it ends.

    A second training of the same process may. A file system without locks lets all pass.

    Raises:
        ConfigError: Another process trains there.
    """
    path = Path(folder).resolve() / _NAME
    if path in _HELD:
        return
    # A POSIX lock belongs to the process alone: a data-loading worker that outlives a killed
    # training does not hold it.
    handle = path.open('w')
    try:
        fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        handle.close()
        raise ConfigError(
            f'another training runs in {folder}: choose another --work-dir, or wait for its end'
        ) from None
    except OSError:
        pass
    _HELD[path] = handle
