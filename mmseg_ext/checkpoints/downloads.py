"""Fetches weights from the web into torch hub's cache, whole and as named, or not at all.

A file whose name ends in its checksum (`resnet50-0676ba61.pth`), as those of torch and OpenMMLab,
lies where torch hub looks for it too. Any other has a folder of its address: another address with
the same file name is another file.

Source: our decision; the naming is that of `torch.hub.load_state_dict_from_url(check_hash=True)`.
"""

import hashlib
import os
import re
import shutil
import urllib.request
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlparse

import torch
from mmengine.dist import barrier, is_distributed

from mmseg_ext.checkpoints.checkpoint_file import read_intact
from mmseg_ext.common.atomic import atomic_path
from mmseg_ext.common.errors import CheckpointError, ConfigError

TIMEOUT = 60.0
"""Seconds that a server may be silent."""

_CHECKSUM = re.compile(r'-([0-9a-f]{8,64})\.\w+$')
_DATE = re.compile(r'(19|20)\d\d[01]\d[0-3]\d')


def fetched(url: str) -> str:
    """Return where the file of an address lies, fetched if it was not there yet.

    Of a process group, one process of a machine fetches it. Without one, or before it is made,
    none can wait for another, and each that finds no complete file fetches it.

    Raises:
        CheckpointError: It is truncated, or not what its name says.
        ConfigError: It cannot be fetched.
    """
    path = cache_place(url)
    fetches = not is_distributed() or os.environ.get('LOCAL_RANK', '0') == '0'
    if fetches and not path.is_file():
        fetch(url, path)
    barrier()
    return str(path)


def cache_place(url: str) -> Path:
    """Return where the file of an address lies in torch hub's cache, or will.

    Raises:
        ConfigError: It is no address of a file.
    """
    try:
        name = Path(urlparse(url).path).name
    except ValueError as error:
        raise ConfigError(f'{url}: cannot be fetched ({error})') from None
    if not name:
        raise ConfigError(f'{url}: cannot be fetched (it is the address of no file)')
    folder = Path(torch.hub.get_dir(), 'checkpoints')
    if _told_checksum(name) is None:
        folder /= hashlib.sha256(url.encode()).hexdigest()[:16]
    return folder / name


def fetch(url: str, path: Path, timeout: float = TIMEOUT) -> None:
    """Fetch a file; it appears once it is whole and its checks have passed.

    Args:
        url: Its address.
        path: Where it shall be.
        timeout: Seconds that the server may be silent.

    Raises:
        CheckpointError: It is truncated, or not what its name says.
        ConfigError: It cannot be fetched.
    """
    request = urllib.request.Request(url, headers={'User-Agent': 'mmseg_ext'})
    try:
        with atomic_path(path) as temporary:
            with (
                urllib.request.urlopen(request, timeout=timeout) as answer,
                temporary.open('wb') as file,
            ):
                shutil.copyfileobj(answer, file, 2**20)
                promised = answer.headers.get('Content-Length')
            size = temporary.stat().st_size
            if promised is not None and int(promised) != size:
                raise ConfigError(
                    f'{url}: cannot be fetched (it ended after {size} of {promised} bytes)'
                )
            _check_download(temporary, url)
    except (OSError, HTTPException, ValueError) as error:
        reason = f'no answer within {timeout:g} s' if isinstance(error, TimeoutError) else error
        raise ConfigError(f'{url}: cannot be fetched ({reason})') from error


def other_than_named(name: str, sha256: str) -> str | None:
    """Tell whether a file is other than its name says.

    Args:
        name: Its name, which may end in the beginning of its SHA-256.
        sha256: Its SHA-256, in hexadecimal.

    Returns:
        What both are, None where they agree or the name tells none.
    """
    told = _told_checksum(name)
    if told is None or sha256.startswith(told):
        return None
    return (
        f'its name says that its SHA-256 begins with {told}, and it begins with '
        f'{sha256[: len(told)]}'
    )


def _check_download(path: Path, url: str) -> None:
    try:
        wrong = other_than_named(Path(urlparse(url).path).name, read_intact(path).sha256)
    except CheckpointError as error:
        raise CheckpointError(f'{str(error).replace(str(path), url)}; it was not kept') from None
    if wrong:
        raise CheckpointError(f'{url}: {wrong}; it was not kept')


def _told_checksum(name: str) -> str | None:
    """Return the beginning of a SHA-256 that a file's name ends in, unless it reads as a date."""
    found = _CHECKSUM.search(name)
    return None if found is None or _DATE.fullmatch(found[1]) else found[1]
