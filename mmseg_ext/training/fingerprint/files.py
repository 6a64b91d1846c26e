"""A digest of the files of a data set, by their names and sizes."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from mmengine.dataset import BaseDataset

from mmseg_ext.data.sets.listed_samples import inner_sets

# Sizes are asked for in parallel, as a network's file system answers late.
_THREADS = 16


def describe_data(dataset: Any) -> list[dict[str, Any]]:
    """Describe the data sets that one consists of.

    Args:
        dataset: A data set, or a wrapper of one or several.

    Returns:
        For each its class, the number of its samples, and a digest of its files in their order:
        None where it does not list them.
    """
    return [
        dict(type=type(each).__name__, samples=len(each), names_and_sizes=_digest(each))
        for each in inner_sets(dataset)
    ]


def _digest(dataset: Any) -> str | None:
    paths = list(_files(dataset))
    if not paths:
        return None
    # What all of them lie in, so that a moved data root changes nothing.
    root = os.path.commonpath({os.path.dirname(os.path.abspath(path)) for path in paths})
    digest = hashlib.sha256()
    for path, size in zip(paths, _sizes(paths), strict=True):
        name = os.path.relpath(path, root)
        digest.update(f'{name}\0{size}\n'.encode(errors='surrogateescape'))
    return digest.hexdigest()[:16]


def _files(dataset: Any) -> Iterator[str]:
    if not hasattr(dataset, 'get_data_info'):
        return
    # Without what a subclass adds to each sample.
    read = BaseDataset.get_data_info if isinstance(dataset, BaseDataset) else None
    for index in range(len(dataset)):
        info = read(dataset, index) if read else dataset.get_data_info(index)
        for key in sorted(key for key in info if key.endswith('_path')):
            if isinstance(info[key], str):
                yield info[key]


def _sizes(paths: Sequence[str]) -> list[int | None]:
    parts = [paths[start::_THREADS] for start in range(_THREADS)]
    sizes: list[int | None] = [None] * len(paths)
    with ThreadPoolExecutor(_THREADS) as pool:
        for start, part in enumerate(pool.map(_sizes_of, parts)):
            sizes[start::_THREADS] = part
    return sizes


def _sizes_of(paths: Sequence[str]) -> list[int | None]:
    return [_size(path) for path in paths]


def _size(path: str) -> int | None:
    """Return the size of a file in bytes, None where it is missing or no local one."""
    try:
        return os.stat(path).st_size
    except OSError:
        return None
