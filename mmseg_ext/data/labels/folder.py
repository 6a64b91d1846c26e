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


def read_folder_labels(
    path: str | Path,
    with_instances: bool = True,
    *,
    table: Mapping[Any, int],
    encoding: str,
) -> tuple[np.ndarray, None]:
    """Read labels of declared classes.

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
    found = read_ids(path) if encoding == IDS else read_colours(path)
    translate = map_ids if encoding == IDS else map_colours
    try:
        return translate(found, table, path), None
    except DataError as error:
        raise DataError(f'{error}. Declare all in classes or ignore of the FolderDataset') from None
