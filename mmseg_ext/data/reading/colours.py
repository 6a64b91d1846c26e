"""From class colours to ids."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from mmseg_ext.common.errors import DataError

Colour = tuple[int, int, int]
_LISTED = 5


def map_colours(
    image: np.ndarray, table: Mapping[Colour, int], path: str | Path, unknown: int | None = None
) -> np.ndarray:
    """Translate a colour-coded label map into ids.

    Args:
        image: uint8 array (H, W, 3), RGB.
        table: The id of each RGB colour.
        path: The file, for the message.
        unknown: The id of colours that are not in the table; None makes them an error.

    Returns:
        uint8 array (H, W).

    Raises:
        DataError: If there are other colours; it lists the most frequent ones with their numbers of
            pixels, and the valid colours.
    """
    codes = _pack(image)
    known = np.array(
        sorted((_pack(np.array(colour)).item(), class_id) for colour, class_id in table.items())
    )
    position = np.minimum(np.searchsorted(known[:, 0], codes), len(known) - 1)
    ids = known[position, 1].astype(np.uint8)
    wrong = known[position, 0] != codes
    if not wrong.any():
        return ids
    if unknown is None:
        raise DataError(
            f'{path}: {_describe(codes[wrong])}; valid colours (RGB) are '
            f'{", ".join(map(str, table))}'
        )
    ids[wrong] = unknown
    return ids


def _pack(colours: np.ndarray) -> np.ndarray:
    """Pack (..., 3) colours into one integer each."""
    return colours.astype(np.int32) @ np.array([1 << 16, 1 << 8, 1], np.int32)


def _describe(codes: np.ndarray) -> str:
    values, counts = np.unique(codes, return_counts=True)
    order = np.argsort(-counts, kind='stable')[:_LISTED]
    listed = ', '.join(
        f'({v >> 16}, {v >> 8 & 255}, {v & 255}) ({n} pixels)'
        for v, n in zip(values[order].tolist(), counts[order].tolist(), strict=True)
    )
    more = f' and {len(values) - _LISTED} more' if len(values) > _LISTED else ''
    return f'colours of no class: {listed}{more}'
