"""Puts the safe loading under everything that loads by mmengine: resumes, weights, backbones."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import torch
from mmengine.dist import barrier, is_distributed
from mmengine.runner import CheckpointLoader
from mmengine.runner.checkpoint import (
    get_deprecated_model_names,
    get_external_models,
    get_mmcls_models,
    get_torchvision_models,
)

from mmseg_ext.engine.safe_loading import SWITCH, read_checkpoint
from mmseg_ext.errors import ConfigError

_trusted = False


def guard_loaders(trusted: bool = False) -> None:
    """Let mmengine load checkpoints by :func:`read_checkpoint` only, in this process.

    mmengine's registry of loaders, one for each kind of address, is its extension point for this.
    `tools` call it through `mmseg_ext.engine.cli.run`; importing mmseg_ext changes nothing.

    Args:
        trusted: Whether files may be unpickled without restriction from now on.
    """
    global _trusted
    _trusted = trusted
    for prefix, loader in _LOADERS.items():
        CheckpointLoader.register_scheme(prefix, loader, force=True)


def load_checked(address: str, map_location: Any = None) -> Any:
    """Load a file of any kind of address that mmengine knows, whether mmengine is guarded or not.

    Raises:
        CheckpointError: It is broken.
        ConfigError: There is no such file, or it is not trusted.
    """
    loader = next(loader for prefix, loader in _LOADERS.items() if re.match(prefix, address))
    return loader(address, map_location)


def load_from_checked_file(path: str, map_location: Any = None) -> Any:
    """Load a local file.

    Raises:
        CheckpointError: It is broken.
        ConfigError: It does not exist, or is not trusted.
    """
    path = os.path.expanduser(path)
    if not Path(path).is_file():
        raise ConfigError(f'no checkpoint file {path}')
    return read_checkpoint(path, map_location, _trusted)


def load_from_checked_url(url: str, map_location: Any = None) -> Any:
    """Load a file from the web, by way of torch hub's cache.

    Of a process group, one process of a machine fetches it. Without one, or before it is made,
    none can wait for another, and each that finds no complete file fetches it.

    Raises:
        CheckpointError: It is broken.
        ConfigError: It cannot be fetched, or is not trusted.
    """
    path = Path(torch.hub.get_dir()) / 'checkpoints' / Path(urlparse(url).path).name
    fetches = not is_distributed() or os.environ.get('LOCAL_RANK', '0') == '0'
    if fetches and not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            torch.hub.download_url_to_file(url, str(path), progress=False)
        except OSError as error:
            raise ConfigError(f'{url}: cannot be fetched ({error})') from error
    barrier()
    return load_from_checked_file(str(path), map_location)


def load_from_checked_torchvision(name: str, map_location: Any = None) -> Any:
    """Load a model of torchvision, by its name there."""
    return load_from_checked_url(_named(get_torchvision_models(), name), map_location)


def load_from_checked_openmmlab(name: str, map_location: Any = None) -> Any:
    """Load a model of OpenMMLab's list, by its name there."""
    prefix, _, short = name.partition('://')
    short = get_deprecated_model_names().get(short, short)
    address = _named(get_external_models(), f'{prefix}://{short}')
    if '://' in address:
        return load_from_checked_url(address, map_location)
    home = os.environ.get('MMENGINE_HOME') or Path(
        os.environ.get('XDG_CACHE_HOME', '~/.cache'), 'mmengine'
    )
    return load_from_checked_file(str(Path(home, address)), map_location)


def load_from_checked_mmcls(name: str, map_location: Any = None) -> Any:
    """Load the backbone of a classifier of OpenMMLab's list."""
    checkpoint = load_from_checked_url(_named(get_mmcls_models(), name), map_location)
    state = checkpoint.get('state_dict', checkpoint).items()
    prefix = 'backbone.'
    kept = {key.removeprefix(prefix): value for key, value in state if key.startswith(prefix)}
    return dict(state_dict=kept)


def load_from_store(address: str, map_location: Any = None) -> Any:
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


# Regular expressions of the beginning of an address; the last one fits any.
_LOADERS: dict[str, Callable[[str, Any], Any]] = {
    'http://': load_from_checked_url,
    'https://': load_from_checked_url,
    'modelzoo://': load_from_checked_torchvision,
    'torchvision://': load_from_checked_torchvision,
    'open-mmlab://': load_from_checked_openmmlab,
    'openmmlab://': load_from_checked_openmmlab,
    'mmcls://': load_from_checked_mmcls,
    'pavi://': load_from_store,
    r'(\S+\:)?s3://': load_from_store,
    r'(\S+\:)?petrel://': load_from_store,
    '': load_from_checked_file,
}
