"""Which id stands for each class in the files that are written."""

from collections.abc import Mapping, Sequence

import numpy as np

from mmseg_ext.common.class_names import check_names
from mmseg_ext.common.errors import ConfigError

_MOST = 65535


def written_ids(names: Sequence[str], table: Mapping[str, int] | None = None) -> np.ndarray:
    """Return the id to write for each class.

    Args:
        names: Of the classes, in the order of their training ids.
        table: The id of each; by default the training ids.

    Returns:
        Shape (C,), uint8, or uint16 where one is greater than 255.

    Raises:
        ConfigError: A class has no id, a name is no class, or an id is none from 0 to 65535.
    """
    if table is None:
        table = {name: place for place, name in enumerate(names)}
    check_names('--ids', table, names)
    for name in names:
        if name not in table:
            raise ConfigError(f'--ids: no id of {name!r}; give a line for each class')
        if not 0 <= table[name] <= _MOST:
            raise ConfigError(f'--ids: {table[name]} of {name!r} is no id from 0 to {_MOST}')
    ids = np.array([table[name] for name in names])
    return ids.astype(np.uint8 if ids.max() <= 255 else np.uint16)
