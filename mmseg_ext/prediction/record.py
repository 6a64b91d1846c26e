"""What made the predictions in a folder: a run that goes on there must be of the same."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmseg_ext.common.atomic import atomic_path
from mmseg_ext.common.errors import ConfigError, DiskError

FILE_NAME = 'predictions.json'
# Where a file lies says nothing about what is in it.
_NOT_COMPARED = ('config', 'checkpoint', 'onnx')


def check_record(out: Path, made_by: Mapping[str, Any], needed: bool) -> None:
    """Check that predictions that are there were made alike.

    Args:
        out: The folder.
        made_by: Plain values: the model and how it predicts.
        needed: Whether there are predictions that are to be kept.

    Raises:
        ConfigError: They were not, or the folder does not tell.
    """
    path = out / FILE_NAME
    try:
        before = json.loads(path.read_text(encoding='utf-8'))
    except (OSError, ValueError) as error:
        if isinstance(error, FileNotFoundError) and not needed:
            return
        raise ConfigError(
            f'{path}: cannot be read ({error}), so that what made the predictions beside it is not '
            'known: give another --out, or --overwrite'
        ) from None
    before = before if isinstance(before, dict) else {}
    differing = [
        name for name in made_by if name not in _NOT_COMPARED and before.get(name) != made_by[name]
    ]
    if differing:
        told = '; '.join(f'{name} was {before.get(name)}, is {made_by[name]}' for name in differing)
        raise ConfigError(
            f'the predictions in {out} were made in another way: {told}. Give another --out, or '
            '--overwrite'
        )


def digest(*parts: Any) -> str:
    """Return what tells parts of a config from others, a SHA-256."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def write_record(out: Path, made_by: Mapping[str, Any]) -> None:
    """Write what makes the predictions of a folder.

    Raises:
        DiskError: It cannot be written.
    """
    path = out / FILE_NAME
    try:
        with atomic_path(path) as temporary:
            temporary.write_text(json.dumps(made_by, indent=1) + '\n', encoding='utf-8')
    except OSError as error:
        raise DiskError(f'{path}: cannot be written ({error.strerror or error})') from error
