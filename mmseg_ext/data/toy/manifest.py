"""The manifest of a drawn set: with which parameters it was drawn, and that it is complete."""

import json
from pathlib import Path
from typing import Any

from mmseg_ext.common.atomic import atomic_path
from mmseg_ext.common.errors import DataError

NAME = 'manifest.json'


def write_manifest(root: Path, parameters: dict[str, Any]) -> None:
    """Write the parameters into ``root``, all or nothing."""
    with atomic_path(root / NAME) as temporary:
        temporary.write_text(json.dumps(parameters, indent=2) + '\n', encoding='utf-8')


def read_manifest(root: Path) -> dict[str, Any] | None:
    """Return the parameters written into ``root``; None where there is no manifest.

    Raises:
        DataError: If the manifest is not one of ours.
    """
    try:
        return dict(json.loads((root / NAME).read_text(encoding='utf-8')))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise DataError(f'{root / NAME} is no manifest of ToyStreets: {error}') from error


def differences(found: dict[str, Any], asked: dict[str, Any]) -> str:
    """Return what differs, as text; empty where nothing does."""
    keys = [key for key in asked | found if found.get(key) != asked.get(key)]
    return ', '.join(f'{key} {found.get(key)} (asked: {asked.get(key)})' for key in keys)
