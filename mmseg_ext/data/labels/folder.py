"""The reader of label files of declared classes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mmseg_ext.common.errors import DataError
from mmseg_ext.data.folders.class_list import IDS
from mmseg_ext.data.reading.colours import map_colours
from mmseg_ext.data.reading.label_files import read_colours, read_ids
from mmseg_ext.data.reading.readers import map_ids


def read_declared(path: str | Path, table: Mapping[Any, int], encoding: str) -> np.ndarray:
    """Read labels of declared classes.

    Args:
        path: A PNG, BMP or TIFF; see :mod:`~mmseg_ext.data.reading.label_files`.
        table: Training id of every id or colour that may occur.
        encoding: 'ids' or 'colours'.

    Returns:
        uint8 array (H, W) of training ids, 255 where ignored.

    Raises:
        DataError: If the file is unreadable or holds an id or a colour that is not declared.
    """
    if encoding == IDS:
        return map_ids(read_ids(path), table, path)
    return map_colours(read_colours(path), table, path)


def read_folder_labels(
    path: str | Path,
    with_instances: bool = True,
    *,
    table: Mapping[Any, int],
    encoding: str,
) -> tuple[np.ndarray, None]:
    """Read labels of a `FolderDataset`.

    Args:
        path: A PNG, BMP or TIFF; see :mod:`~mmseg_ext.data.reading.label_files`.
        with_instances: Without effect: there are no instances.
        table: Training id of every id or colour that may occur.
        encoding: 'ids' or 'colours'.

    Returns:
        uint8 array (H, W) of training ids, 255 where ignored; and None.

    Raises:
        DataError: If the file is unreadable or holds an id or a colour that is not declared.
    """
    try:
        return read_declared(path, table, encoding), None
    except DataError as error:
        raise DataError(f'{error}. Declare all in classes or ignore of the FolderDataset') from None
