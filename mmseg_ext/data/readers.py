"""Strict readers of images and label files.

Every reader returns an array or raises a :class:`~mmseg_ext.errors.DataError` that names the file
and says what was found. Nothing is guessed: a label file of another bit depth or number of channels
than its data set has is refused, because decoders convert such files without a word.
"""

import io
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps

from mmseg_ext.data.bit_depth import check_8bit_image
from mmseg_ext.errors import DataError

IGNORE_INDEX = 255
"""The id of pixels that neither the loss nor the metrics count."""

_INVALID = 254
_PNG_SIGNATURE = b'\x89PNG\r\n\x1a\n'
_PNG_GREY, _PNG_RGB, _PNG_PALETTE = 0, 2, 3
_PNG_COLOUR_TYPES = {0: 'grey', 2: 'RGB', 3: 'palette', 4: 'grey and alpha', 6: 'RGB and alpha'}
# Cameras and editors may write a few bytes behind the end marker.
_TAIL_BYTES = 4096
_LISTED = 5


def check_image_file(path: str | Path) -> None:
    """Check cheaply that an image file is there, is not empty and was written to its end.

    Only the first and the last bytes are read: a PNG must end in its IEND chunk, a JPEG in its
    end-of-image marker. Other formats pass.

    Args:
        path: The image file.

    Raises:
        DataError: If the file is missing, empty or truncated.
    """
    try:
        with open(path, 'rb') as file:
            head = file.read(8)
            size = file.seek(0, io.SEEK_END)
            file.seek(max(0, size - _TAIL_BYTES))
            tail = file.read()
    except OSError as error:
        raise DataError(f'{path}: cannot be read ({error.strerror or error})') from None
    if not size:
        raise DataError(f'{path}: the file is empty (0 bytes); fetch it again')
    marker = None
    if head == _PNG_SIGNATURE:
        marker, name = b'IEND\xaeB`\x82', 'PNG'
    elif head[:2] == b'\xff\xd8':
        marker, name = b'\xff\xd9', 'JPEG'
    if marker and marker not in tail:
        raise DataError(
            f'{path}: the {name} file is truncated (its end marker is missing after '
            f'{size} bytes); fetch it again'
        )


def read_image(path: str | Path) -> np.ndarray:
    """Read and fully decode a colour image.

    Args:
        path: The image file.

    Returns:
        uint8 array (H, W, 3) in BGR order, as mmcv's ``LoadImageFromFile`` gives it: turned as its
        EXIF orientation says.

    Raises:
        DataError: If the file is missing, empty, truncated, not an image or not of 8 bits.
    """
    check_image_file(path)
    check_8bit_image(path)
    upright = ImageOps.exif_transpose(_decode(path))
    return np.ascontiguousarray(upright.convert('RGB'))[..., ::-1]


def read_id_map(path: str | Path) -> np.ndarray:
    """Read an 8-bit map of ids: a grey PNG, or a palette PNG, of which the indices count.

    Args:
        path: The label file.

    Returns:
        uint8 array (H, W), the ids as they are in the file.

    Raises:
        DataError: If the file cannot be read or has another bit depth or number of channels.
    """
    depth, colour_type = _png_header(path)
    if not (colour_type == _PNG_PALETTE or (colour_type == _PNG_GREY and depth == 8)):
        raise DataError(
            f'{path}: a label map must be an 8-bit PNG with one channel, this one is '
            f'{depth}-bit {_PNG_COLOUR_TYPES.get(colour_type, colour_type)}'
        )
    return np.array(_decode(path), dtype=np.uint8)


def read_colour_map(path: str | Path) -> np.ndarray:
    """Read a label map that encodes classes as colours.

    Args:
        path: The label file: an 8-bit RGB PNG, with or without alpha, or a palette PNG.

    Returns:
        uint8 array (H, W, 3) in RGB order.

    Raises:
        DataError: If the file cannot be read or has no 8-bit colours.
    """
    depth, colour_type = _png_header(path)
    if depth > 8 or colour_type in (_PNG_GREY, 4):
        raise DataError(
            f'{path}: a colour-coded label map must be an 8-bit RGB PNG, this one is '
            f'{depth}-bit {_PNG_COLOUR_TYPES.get(colour_type, colour_type)}'
        )
    return np.array(_decode(path).convert('RGB'))


def read_16bit(path: str | Path, channels: int) -> np.ndarray:
    """Read a 16-bit PNG without loss.

    Pillow and a plain ``cv2.imread`` reduce such files to 8 bits, mostly to zeros, silently.

    Args:
        path: The file.
        channels: 1 or 3; the file must have just that many.

    Returns:
        uint16 array (H, W), or (H, W, 3) in RGB order.

    Raises:
        DataError: If the file cannot be read, is not 16-bit or has other channels.
    """
    depth, colour_type = _png_header(path)
    if depth != 16 or colour_type != (_PNG_GREY if channels == 1 else _PNG_RGB):
        raise DataError(
            f'{path}: a 16-bit PNG with {channels} channel(s) is needed, this one is '
            f'{depth}-bit {_PNG_COLOUR_TYPES.get(colour_type, colour_type)}; was it '
            'converted by an image tool? Use the original file'
        )
    array = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED)
    if array is None:
        raise DataError(f'{path}: the PNG cannot be decoded; fetch it again')
    return array if channels == 1 else np.ascontiguousarray(array[..., ::-1])


def map_ids(ids: np.ndarray, table: Mapping[int, int], path: str | Path) -> np.ndarray:
    """Translate the ids of a label file into training ids.

    Args:
        ids: Array (H, W) of unsigned integers.
        table: Training id (or 255) of every id that may occur; 254 may not.
        path: The file, for the message.

    Returns:
        uint8 array (H, W) of training ids, 255 where ignored.

    Raises:
        DataError: If other ids occur; it lists each with its number of pixels and the valid ids.
    """
    small = ids if ids.dtype == np.uint8 else np.minimum(ids, _INVALID).astype(np.uint8)
    lut = np.full(256, _INVALID, np.uint8)
    lut[list(table)] = list(table.values())
    mapped = cv2.LUT(np.ascontiguousarray(small), lut)
    wrong = mapped == _INVALID
    if wrong.any():
        found = describe_ids(ids[wrong])
        raise DataError(f'{path}: {found} found; valid ids are {_ranges(table)}')
    return mapped


def describe_ids(ids: np.ndarray) -> str:
    """Write the first few of some ids with their number of pixels: ``id 77 (3 pixels)``."""
    values, counts = np.unique(ids, return_counts=True)
    pairs = list(zip(values, counts, strict=True))[:_LISTED]
    return ', '.join(f'id {value} ({count} pixels)' for value, count in pairs)


def _ranges(ids: Mapping[int, int]) -> str:
    """Write a set of ids briefly: ``0-11, 255``."""
    ordered = sorted(ids)
    starts = [here for here in ordered if here - 1 not in ids]
    ends = [here for here in ordered if here + 1 not in ids]
    parts = [
        f'{start}' if start == end else f'{start}-{end}'
        for start, end in zip(starts, ends, strict=True)
    ]
    return ', '.join(parts)


def _png_header(path: str | Path) -> tuple[int, int]:
    """Bit depth and colour type of a complete PNG."""
    check_image_file(path)
    with open(path, 'rb') as file:
        head = file.read(26)
    if head[:8] != _PNG_SIGNATURE:
        raise DataError(f'{path}: a label file must be a PNG, this is not one')
    return head[24], head[25]


def _decode(path: str | Path) -> Image.Image:
    try:
        image = Image.open(path)
        image.load()
    except (OSError, SyntaxError, ValueError) as error:
        raise DataError(f'{path}: cannot be decoded ({error}); fetch it again') from None
    return image
