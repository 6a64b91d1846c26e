"""Integer arrays in JSON: small, exact, and readable with a line of Python."""

import base64
import binascii
import math
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

DTYPE = '<i8'


def pack(array: np.ndarray) -> dict[str, Any]:
    """Turn an integer array into plain values.

    Args:
        array: Any integer dtype and shape.

    Returns:
        dict: ``dtype`` ('<i8': little-endian int64), ``shape``, and ``zlib_base64``: the values in
        row-major order, compressed and in base64.
    """
    data = np.ascontiguousarray(array, dtype=DTYPE).tobytes()
    return {
        'dtype': DTYPE,
        'shape': list(array.shape),
        'zlib_base64': base64.b64encode(zlib.compress(data, 9)).decode('ascii'),
    }


def unpack(packed: Mapping[str, Any]) -> np.ndarray:
    """Return the array, int64, that :func:`pack` was given.

    Raises:
        ValueError: If the values are broken or do not fill the shape.
    """
    if packed['dtype'] != DTYPE:
        raise ValueError(f'dtype {packed["dtype"]!r} instead of {DTYPE!r}')
    if not isinstance(packed['zlib_base64'], str):
        raise ValueError('the values are no text')
    shape = tuple(int(length) for length in packed['shape'])
    expected = 8 * math.prod(shape)
    unpacker = zlib.decompressobj()
    try:
        # One byte more than expected would show: what is longer is never unpacked whole.
        data = unpacker.decompress(
            base64.b64decode(packed['zlib_base64'], validate=True), expected + 1
        )
    except (binascii.Error, zlib.error, OverflowError, MemoryError) as error:
        raise ValueError(f'broken values ({error})') from error
    if len(data) != expected:
        raise ValueError(f'{len(data)} bytes or more do not fill the shape {shape}')
    if not unpacker.eof:
        raise ValueError('broken values (cut off before their checksum)')
    return np.frombuffer(data, DTYPE).astype(np.int64).reshape(shape)
