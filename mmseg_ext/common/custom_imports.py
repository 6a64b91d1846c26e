"""Imports what a config's `custom_imports` names, modules beside the config among them."""

import sys
import traceback
from collections.abc import Iterable
from pathlib import Path

from mmengine.config import Config
from mmengine.utils import import_modules_from_strings

from mmseg_ext.common.errors import ConfigError


def find_beside(folders: Iterable[Path]) -> None:
    """Let Python find modules in folders, after all that it finds already."""
    for folder in folders:
        if str(folder) not in sys.path:
            sys.path.append(str(folder))


def import_custom(config: Config, path: str) -> None:
    """Import the modules that a config names.

    mmengine looks for them where the tool was started and on PYTHONPATH only; this also does in
    the folders of the config and of its bases.

    Args:
        config: The config, read without its imports.
        path: Its file, for messages.

    Raises:
        ConfigError: A module is not found, fails, or is another one than that beside the config.
    """
    wanted = config.get('custom_imports')
    if not wanted:
        return
    folders = _folders(config, path)
    find_beside(folders)
    try:
        import_modules_from_strings(**wanted)
    except Exception as error:
        raise ConfigError(f'custom_imports of {path}: {_explain(error, folders)}') from error
    names = wanted.get('imports') or []
    for name in [names] if isinstance(names, str) else names:
        _check_found(name, folders, path)


def _folders(config: Config, path: str) -> list[Path]:
    """Return the folders of a config and its bases, whose absolute paths stand in its text."""
    lines = [path, *config.text.splitlines()]
    files = [Path(line) for line in lines if line.endswith('.py')]
    found = [file.resolve().parent for file in files if file.is_absolute() and file.is_file()]
    return list(dict.fromkeys([Path(path).resolve().parent, *found]))


def _explain(error: Exception, folders: list[Path]) -> str:
    cause = error
    if str(error).startswith('Failed to import') and isinstance(error.__context__, Exception):
        # mmengine's own, without a word of what happened.
        cause = error.__context__
    if isinstance(cause, ModuleNotFoundError):
        places = ', '.join(map(str, folders))
        return f'{cause}, neither in {places} nor where Python looks (PYTHONPATH)'
    told = f'{type(cause).__name__}: {cause}'
    if isinstance(cause, SyntaxError):
        return told
    last = traceback.extract_tb(cause.__traceback__)[-1]
    return f'{told} ({last.filename}, line {last.lineno})'


def _check_found(name: str, folders: list[Path], path: str) -> None:
    top = name.split('.')[0]
    file = getattr(sys.modules.get(top), '__file__', None)
    hidden = [
        beside
        for folder in folders
        for beside in (folder / f'{top}.py', folder / top / '__init__.py')
        if beside.is_file()
    ]
    if hidden and file and Path(file).resolve() not in hidden:
        raise ConfigError(
            f'custom_imports of {path}: {name} is {file}, which hides {hidden[0]}: give that '
            'another name'
        )
