"""The recipes that the package brings: found by name, listed, copied with their bases."""

import ast
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from mmseg_ext.common.errors import ConfigError, nearest

_PACKAGE = Path(__file__).resolve().parents[2]


def recipe_folder() -> Path:
    """Return the folder of the configs: in the package of a wheel, beside it in a clone.

    Raises:
        ConfigError: It is neither here nor there.
    """
    for folder in (_PACKAGE / 'configs', _PACKAGE.parent / 'configs'):
        if folder.is_dir():
            return folder
    raise ConfigError(f'the recipes are missing: there is no {_PACKAGE / "configs"}')


def recipe_names() -> list[str]:
    """Return the names of all recipes: their path below `configs`, without suffix, sorted."""
    root = recipe_folder()
    names = (path.relative_to(root).with_suffix('') for path in root.rglob('*.py'))
    return sorted(name.as_posix() for name in names if '_base_' not in name.parts)


def recipe_file(name: str) -> Path:
    """Return the file of a recipe.

    Raises:
        ConfigError: There is no such recipe; the message names the nearest.
    """
    names = recipe_names()
    plain = name.removesuffix('.py').removeprefix('configs/')
    if plain not in names:
        raise ConfigError(
            f'no recipe is called {name!r}{nearest(plain, names)}: see `mmseg-debias configs`'
        )
    return recipe_folder() / f'{plain}.py'


def find_config(text: str) -> Path:
    """Return the config that a command line names: a file, else a recipe.

    Raises:
        ConfigError: There is neither.
    """
    path = Path(text)
    if path.is_file():
        return path
    if path.suffix == '.py':
        raise ConfigError(f'no config file {text}')
    return recipe_file(text)


def summary_of(recipe: Path) -> str:
    """Return the first sentence of what a config says of itself."""
    comment = []
    for line in recipe.read_text(encoding='utf-8').splitlines():
        if not line.startswith('#'):
            break
        comment.append(line.removeprefix('#').strip())
    sentence, *_ = ' '.join(comment).split('. ')
    return sentence.rstrip('.')


def with_bases(recipe: Path) -> Iterator[Path]:
    """Yield a config and all that it is based on, each once."""
    seen, waiting = set(), [recipe.resolve()]
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        yield path
        waiting += [(path.parent / base).resolve() for base in _bases_of(path)]


def copy_recipe(name: str, folder: Path) -> Path:
    """Copy a recipe with its bases, each to its path below `configs`, so that it runs there.

    Args:
        name: Of the recipe.
        folder: Where to, made if it is missing.

    Returns:
        The file to run.

    Raises:
        ConfigError: There is no such recipe, or another file is where one shall be.
    """
    return copy_with_bases(recipe_file(name), folder)


def copy_with_bases(config: Path, folder: Path) -> Path:
    """Copy a config of the package with its bases, each to its path below `configs`.

    Args:
        config: A file below :func:`recipe_folder`.
        folder: Where to, made if it is missing.

    Returns:
        The copy of the config.

    Raises:
        ConfigError: Another file is where one shall be, or one cannot be written.
    """
    root = recipe_folder().resolve()
    copies = {path: folder / path.relative_to(root) for path in with_bases(config)}
    for path, copy in copies.items():
        if os.path.lexists(copy) and not (
            copy.is_file() and copy.read_bytes() == path.read_bytes()
        ):
            raise ConfigError(f'{copy} is there already, and is another file: name another folder')
    for path, copy in copies.items():
        try:
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
        except OSError as error:
            raise ConfigError(f'{copy}: cannot be written ({error.strerror})') from error
    return copies[config.resolve()]


def _bases_of(config: Path) -> list[str]:
    for node in ast.parse(config.read_text(encoding='utf-8')).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == '_base_':
            bases = ast.literal_eval(node.value)
            return [bases] if isinstance(bases, str) else list(bases)
    return []
