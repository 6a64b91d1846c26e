"""Label files of any lossless format and of 8 or 16 bits."""

from pathlib import Path

import numpy as np
from PIL import Image

from mmseg_ext.common.errors import DataError
from mmseg_ext.data.reading.png import SIGNATURE
from mmseg_ext.data.reading.readers import (
    decode,
    read_16bit,
    read_checked,
    read_colour_map,
    read_id_map,
)

LABEL_SUFFIXES = ('.bmp', '.dib', '.png', '.tif', '.tiff')
_PNG_DEPTH = 24
_COMPRESSIONS_WITH_LOSS = ('jpeg', 'tiff_jpeg', 'webp')


def read_ids(path: str | Path) -> np.ndarray:
    """Read a map of ids: one grey channel, or a palette, of which the indices count.

    Args:
        path: A PNG, BMP or TIFF of 8 bits, or a PNG or TIFF of 16.

    Returns:
        uint8 or uint16 array (H, W), the ids as they are in the file.

    Raises:
        DataError: If the file cannot be read, is damaged, compressed with loss, has colours or
            another bit depth.
    """
    head = _head(path)
    if head.startswith(SIGNATURE):
        return read_16bit(path, channels=1) if head[_PNG_DEPTH:] == b'\x10' else read_id_map(path)
    image = _read(path)
    if image.mode in ('L', 'P'):
        return np.array(image, np.uint8)
    if image.mode.startswith('I;16'):
        return np.array(image).astype(np.uint16)
    raise DataError(
        f'{path}: a map of ids has one channel of 8 or 16 bits, this one is {image.format} '
        f'{image.mode}; where its colours are the classes, say so by encoding'
    )


def read_colours(path: str | Path) -> np.ndarray:
    """Read a label map that encodes classes as colours.

    Args:
        path: A PNG, BMP or TIFF of 8-bit colours.

    Returns:
        uint8 array (H, W, 3) in RGB order.

    Raises:
        DataError: If the file cannot be read, is damaged, compressed with loss or has no colours.
    """
    if _head(path).startswith(SIGNATURE):
        return read_colour_map(path)
    image = _read(path)
    if image.mode not in ('RGB', 'RGBA', 'P'):
        raise DataError(
            f'{path}: labels in colours have 8-bit RGB, this one is {image.format} {image.mode}; '
            'where its values are ids, say so by encoding'
        )
    return np.array(image.convert('RGB'))


def holds_colours(path: str | Path) -> bool:
    """Return whether a label file has colours; grey values and palettes are ids.

    Raises:
        DataError: If the file cannot be read.
    """
    content = read_checked(path)
    return decode(content, path).mode in ('RGB', 'RGBA')


def _head(path: str | Path) -> bytes:
    """Return the bytes of a file up to where a PNG has its depth; none where it cannot be read."""
    try:
        with open(path, 'rb') as file:
            return file.read(_PNG_DEPTH + 1)
    # Whoever reads it whole says what is wrong.
    except OSError:
        return b''


def _read(path: str | Path) -> Image.Image:
    image = decode(read_checked(path), path)
    if image.format not in ('BMP', 'DIB', 'TIFF'):
        raise DataError(f'{path}: a label file is a PNG, BMP or TIFF, this is a {image.format}')
    if image.info.get('compression') in _COMPRESSIONS_WITH_LOSS:
        raise DataError(
            f'{path}: labels are compressed with loss ({image.info["compression"]}), which blurs '
            'ids and colours; write them again without'
        )
    pages = getattr(image, 'n_frames', 1)
    if pages > 1:
        raise DataError(f'{path}: has {pages} pages, and a label file has one')
    return image
