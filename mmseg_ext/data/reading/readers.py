"""Strict readers of images and label files.

Every reader returns an array or raises a :class:`~mmseg_ext.common.errors.DataError` that names the
file and says what was found. Nothing is guessed: a label file of another bit depth or number of
channels than its data set has is refused, because decoders convert such files without a word.
"""

import io
import os
import stat
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps

from mmseg_ext.common.errors import DataError
from mmseg_ext.data.reading.bit_depth import check_8bit_image
from mmseg_ext.data.reading.png import (
    GREY,
    GREY_ALPHA,
    PALETTE,
    RGB,
    SIGNATURE,
    PngHeader,
    check_png,
)

IGNORE_INDEX = 255
"""The id of pixels that neither the loss nor the metrics count."""

_INVALID = 254
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
        DataError: If the file is missing, none that can be read, empty or truncated.
    """
    _check_regular(path)
    try:
        with open(path, 'rb') as file:
            head = file.read(len(SIGNATURE))
            size = file.seek(0, io.SEEK_END)
            file.seek(max(0, size - _TAIL_BYTES))
            tail = file.read()
    except OSError as error:
        raise _unreadable(path, error) from None
    _check_ends(path, head, tail, size)


def check_label_file(path: str | Path) -> None:
    """Verify the checksums of a label file that others will decode; only PNG has some.

    Args:
        path: The label file.

    Raises:
        DataError: If the file cannot be read, is empty, truncated or damaged.
    """
    read_checked(path)


def read_image(path: str | Path) -> np.ndarray:
    """Read and fully decode a colour image.

    Args:
        path: The image file.

    Returns:
        uint8 array (H, W, 3) in BGR order, as mmcv's ``LoadImageFromFile`` gives it: turned as its
        EXIF orientation says.

    Raises:
        DataError: If the file is missing, empty, truncated, damaged, not an image
            or not of 8 bits.
    """
    content = read_checked(path)
    check_8bit_image(path)
    image = decode(content, path)
    try:
        image = ImageOps.exif_transpose(image)
    except Exception as error:
        raise DataError(
            f'{path}: which way up it is cannot be read, its EXIF data are damaged '
            f'({_name(error)}); write it again without them'
        ) from None
    return np.ascontiguousarray(image.convert('RGB'))[..., ::-1]


def read_id_map(path: str | Path) -> np.ndarray:
    """Read an 8-bit map of ids: a grey PNG, or a palette PNG, of which the indices count.

    Args:
        path: The label file.

    Returns:
        uint8 array (H, W), the ids as they are in the file.

    Raises:
        DataError: If the file cannot be read, is damaged or has another bit depth or number of
            channels.
    """
    content, header = _read_png(path)
    if not (header.colour_type == PALETTE or (header.colour_type == GREY and header.depth == 8)):
        raise DataError(
            f'{path}: a label map must be an 8-bit PNG with one channel, this one is {header}'
        )
    return np.array(decode(content, path), dtype=np.uint8)


def read_colour_map(path: str | Path) -> np.ndarray:
    """Read a label map that encodes classes as colours.

    Args:
        path: The label file: an 8-bit RGB PNG, with or without alpha, or a palette PNG.

    Returns:
        uint8 array (H, W, 3) in RGB order.

    Raises:
        DataError: If the file cannot be read, is damaged or has no 8-bit colours.
    """
    content, header = _read_png(path)
    if header.depth > 8 or header.colour_type in (GREY, GREY_ALPHA):
        raise DataError(
            f'{path}: a colour-coded label map must be an 8-bit RGB PNG, this one is {header}'
        )
    return np.array(decode(content, path).convert('RGB'))


def read_16bit(path: str | Path, channels: int) -> np.ndarray:
    """Read a 16-bit PNG without loss.

    Pillow and a plain ``cv2.imread`` reduce such files to 8 bits, mostly to zeros, silently.

    Args:
        path: The file.
        channels: 1 or 3; the file must have just that many.

    Returns:
        uint16 array (H, W), or (H, W, 3) in RGB order.

    Raises:
        DataError: If the file cannot be read, is damaged, is not 16-bit or has other channels.
    """
    content, header = _read_png(path)
    if header.depth != 16 or header.colour_type != (GREY if channels == 1 else RGB):
        raise DataError(
            f'{path}: a 16-bit PNG with {channels} channel(s) is needed, this one is '
            f'{header}; was it converted by an image tool? Use the original file'
        )
    try:
        array = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        array = None
    if array is None:
        raise DataError(f'{path}: the PNG cannot be decoded; fetch it again')
    return array if channels == 1 else np.ascontiguousarray(array[..., ::-1])


def map_ids(ids: np.ndarray, table: Mapping[int, int], path: str | Path) -> np.ndarray:
    """Translate the ids of a label file into training ids.

    Args:
        ids: Array (H, W) of unsigned integers of at most 16 bits.
        table: Training id (any of 8 bits but 254) of every id that may occur.
        path: The file, for the message.

    Returns:
        uint8 array (H, W) of training ids, 255 where ignored.

    Raises:
        DataError: If other ids occur; it lists each with its number of pixels and the valid ids.
    """
    byte, most = ids.dtype == np.uint8, max(table)
    if most < (256 if byte else _INVALID):
        small = ids if byte else np.minimum(ids, _INVALID).astype(np.uint8)
        mapped = cv2.LUT(np.ascontiguousarray(small), _look_up(table, 256))
    else:
        mapped = _look_up(table, 1 << 16)[ids]
    wrong = mapped == _INVALID
    if wrong.any():
        found = describe_ids(ids[wrong])
        raise DataError(f'{path}: {found} found; valid ids are {_ranges(table)}')
    return mapped


def _look_up(table: Mapping[int, int], size: int) -> np.ndarray:
    lut = np.full(size, _INVALID, np.uint8)
    lut[list(table)] = list(table.values())
    return lut


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


def _read_png(path: str | Path) -> tuple[bytes, PngHeader]:
    """Return a complete and undamaged PNG with its header."""
    content = _read_whole(path)
    if not content.startswith(SIGNATURE):
        raise DataError(f'{path}: a label file must be a PNG, this is not one')
    return content, check_png(content, path)


def read_checked(path: str | Path) -> bytes:
    """Read a file whole, verifying the checksums of a PNG.

    Raises:
        DataError: If it cannot be read, is empty, truncated or a damaged PNG.
    """
    content = _read_whole(path)
    if content.startswith(SIGNATURE):
        check_png(content, path)
    return content


def _read_whole(path: str | Path) -> bytes:
    _check_regular(path)
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from None
    _check_ends(path, content[: len(SIGNATURE)], content[-_TAIL_BYTES:], len(content))
    return content


def _check_regular(path: str | Path) -> None:
    """Refuse what would be waited for without end, as a FIFO, or never ends, as a device."""
    try:
        mode = os.stat(path).st_mode
    except OSError as error:
        raise _unreadable(path, error) from None
    if not stat.S_ISREG(mode):
        raise DataError(f'{path}: cannot be read (a folder, FIFO, socket or device, not a file)')


def _check_ends(path: str | Path, head: bytes, tail: bytes, size: int) -> None:
    if not size:
        raise DataError(f'{path}: the file is empty (0 bytes); fetch it again')
    marker = None
    if head == SIGNATURE:
        marker, name = b'IEND\xaeB`\x82', 'PNG'
    elif head[:2] == b'\xff\xd8':
        marker, name = b'\xff\xd9', 'JPEG'
    if marker and marker not in tail:
        raise DataError(
            f'{path}: the {name} file is truncated (its end marker is missing after '
            f'{size} bytes); fetch it again'
        )


def decode(content: bytes, path: str | Path) -> Image.Image:
    """Decode the content of an image file completely.

    Raises:
        DataError: If that is not possible.
    """
    try:
        image = Image.open(io.BytesIO(content))
        image.load()
    except MemoryError:
        raise
    # Whatever a damaged file leads Pillow into: struct.error, IndexError, DecompressionBombError, …
    except Exception as error:
        raise DataError(f'{path}: cannot be decoded ({_name(error)}); fetch it again') from None
    return image


def _unreadable(path: str | Path, error: OSError) -> DataError:
    return DataError(f'{path}: cannot be read ({error.strerror or error})')


def _name(error: Exception) -> str:
    return f'{type(error).__name__}: {error}'
