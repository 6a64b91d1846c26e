"""Puts the safe loading under everything that loads by mmengine: resumes, weights, backbones."""

import logging
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mmengine.logging import print_log
from mmengine.runner import CheckpointLoader
from mmengine.runner.checkpoint import (
    get_deprecated_model_names,
    get_external_models,
    get_mmcls_models,
    get_torchvision_models,
)

from mmseg_ext.checkpoints.downloads import fetched, other_than_named
from mmseg_ext.checkpoints.read_once import forget, peek, take
from mmseg_ext.checkpoints.safe_loading import SWITCH, Reading, read_with_digest
from mmseg_ext.common.errors import CheckpointError, ConfigError

_guarded = False
_trusted = False
# Of each file or address as it was last read, its SHA-256 then.
_digests: dict[str, str] = {}


def guard_loaders(trusted: bool = False) -> None:
    """Let mmengine load checkpoints by :func:`load_checked` only, in this process.

    mmengine's registry of loaders, one for each kind of address, is its extension point for this.
    The command line calls it; importing mmseg_ext changes nothing.

    Args:
        trusted: Whether files may be unpickled without restriction from now on.
    """
    global _guarded, _trusted
    _guarded, _trusted = True, trusted
    forget()
    for prefix in _PLACES:
        CheckpointLoader.register_scheme(prefix, load_from_checked_file, force=True)


def load_checked(address: str) -> Any:
    """Load a file of any kind of address that mmengine knows, whether mmengine is guarded or not.

    Where it is, the content is kept for mmengine, which will load it: do not change it.

    Returns:
        The content, tensors on the CPU.

    Raises:
        CheckpointError: It is missing or broken.
        ConfigError: It cannot be fetched, or is not trusted.
    """
    return _content(address, peek if _guarded else read_with_digest)


def load_from_checked_file(address: str, map_location: Any = None) -> Any:
    """Load a file for mmengine, which takes what a check has read of it.

    Args:
        address: A path, or an address of any kind that mmengine knows.
        map_location: Not heeded. Tensors are on the CPU, and what takes them moves them.

    Raises:
        CheckpointError: It is missing or broken.
        ConfigError: It cannot be fetched, or is not trusted.
    """
    return _content(address, take)


def sha256_when_read(address: str | None) -> str | None:
    """Return the SHA-256 of a file or address as it was last read, None where it never was."""
    return None if address is None else _digests.get(address)


def _content(address: str, read: Callable[[str, bool], Reading]) -> Any:
    place = next(place for prefix, place in _PLACES.items() if re.match(prefix, address))
    path = place(address)
    content, sha256 = read(path, _trusted)
    wrong = other_than_named(Path(path).name, sha256)
    if wrong and place is not os.path.expanduser:
        raise CheckpointError(f'{path}: {wrong}. Remove it to fetch it anew')
    if wrong and _digests.get(address) != sha256:
        # Whoever named it may have meant something else.
        print_log(f'{path}: {wrong}: it may have been altered', 'current', logging.WARNING)
    _digests[address] = sha256
    return _backbone(content) if place is _of_mmcls else content


def _backbone(content: dict[str, Any]) -> dict[str, Any]:
    state = content.get('state_dict', content).items()
    prefix = 'backbone.'
    kept = {key.removeprefix(prefix): value for key, value in state if key.startswith(prefix)}
    return dict(state_dict=kept)


def _of_torchvision(name: str) -> str:
    return fetched(_named(get_torchvision_models(), name))


def _of_openmmlab(name: str) -> str:
    prefix, _, short = name.partition('://')
    short = get_deprecated_model_names().get(short, short)
    address = _named(get_external_models(), f'{prefix}://{short}')
    if '://' in address:
        return fetched(address)
    home = os.environ.get('MMENGINE_HOME') or Path(
        os.environ.get('XDG_CACHE_HOME', '~/.cache'), 'mmengine'
    )
    return os.path.expanduser(Path(home, address))


def _of_mmcls(name: str) -> str:
    return fetched(_named(get_mmcls_models(), name))


def _of_store(address: str) -> str:
    """Refuse an address whose content cannot be checked before it is unpickled."""
    raise ConfigError(
        f'{address}: checkpoints in this kind of store are not checked; fetch the file and give '
        f'its path ({SWITCH} does not change this)'
    )


def _named(addresses: dict[str, str], name: str) -> str:
    short = name.partition('://')[2]
    if short not in addresses:
        raise ConfigError(f'no pretrained model is called {name}')
    return addresses[short]


# Where the file of an address lies, by a regular expression of its beginning; the last fits any.
_PLACES: dict[str, Callable[[str], str]] = {
    'http://': fetched,
    'https://': fetched,
    'modelzoo://': _of_torchvision,
    'torchvision://': _of_torchvision,
    'open-mmlab://': _of_openmmlab,
    'openmmlab://': _of_openmmlab,
    'mmcls://': _of_mmcls,
    'pavi://': _of_store,
    r'(\S+\:)?s3://': _of_store,
    r'(\S+\:)?petrel://': _of_store,
    '': os.path.expanduser,
}
