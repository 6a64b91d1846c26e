"""Folders that a command line names for what it writes."""

import tempfile
from pathlib import Path

from mmseg_ext.common.errors import ConfigError


def make_folder(option: str, path: str | Path) -> Path:
    """Make the folder that an option names, before the work whose results go there.

    Raises:
        ConfigError: It cannot be made, or written to.
    """
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f'{option} {path}: cannot be made ({error.strerror})') from error
    try:
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise ConfigError(f'{option} {path}: cannot be written to ({error.strerror})') from error
    return Path(path)


def make_folder_of(option: str, file: str | Path) -> None:
    """Make the folder of the file that an option names, before the work.

    Raises:
        ConfigError: It cannot be made or written to, or a folder is where the file shall be.
    """
    if Path(file).is_dir():
        raise ConfigError(f'{option} {file}: is a folder')
    make_folder(option, Path(file).parent)
