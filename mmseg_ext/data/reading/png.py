"""The structure of PNG files: their header, and the checksum of every chunk."""

import struct
import zlib
from pathlib import Path
from typing import NamedTuple

from mmseg_ext.common.errors import DataError

SIGNATURE = b'\x89PNG\r\n\x1a\n'
GREY, RGB, PALETTE, GREY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6
MAX_PIXELS = 178_956_970
"""More than that many are refused, as by Pillow: a header of 33 bytes can promise any number."""

_NAMES = {GREY: 'grey', RGB: 'RGB', PALETTE: 'palette', GREY_ALPHA: 'grey and alpha',
          RGB_ALPHA: 'RGB and alpha'}  # fmt: skip
_IHDR = struct.Struct('>IIBB')
_AROUND_DATA = 12


class PngHeader(NamedTuple):
    """What the header of a PNG says.

    Attributes:
        width: Pixels.
        height: Pixels.
        depth: Bits of a channel, or of an index into the palette.
        colour_type: `GREY`, `RGB`, `PALETTE`, ….
    """

    width: int
    height: int
    depth: int
    colour_type: int

    def __str__(self) -> str:
        """Name the encoding: ``8-bit grey``."""
        return f'{self.depth}-bit {_NAMES.get(self.colour_type, self.colour_type)}'


def check_png(content: bytes, path: str | Path) -> PngHeader:
    """Verify the checksums of a PNG, which Pillow skips where the pixels are.

    With a flipped bit there, most files still decode, to other pixels. It takes 0.1 ms per 100 kB.

    Args:
        content: The whole file, from its signature on; what stands behind its end marker does not
            matter.
        path: The file, for the message.

    Returns:
        The header.

    Raises:
        DataError: A checksum is wrong, chunks are missing, or the header promises more than
            `MAX_PIXELS`.
    """
    place, whole = len(SIGNATURE), memoryview(content)
    kinds: list[bytes] = []
    while not kinds or kinds[-1] != b'IEND':
        length = int.from_bytes(whole[place : place + 4], 'big')
        end = place + length + _AROUND_DATA
        if end > len(content):
            raise _damaged(path, f'what stands at byte {place} is no chunk of a PNG')
        kind = bytes(whole[place + 4 : place + 8])
        if zlib.crc32(whole[place + 4 : end - 4]) != int.from_bytes(whole[end - 4 : end], 'big'):
            raise _damaged(path, f'wrong checksum of the chunk at byte {place}')
        kinds.append(kind)
        place = end
    if kinds[0] != b'IHDR' or int.from_bytes(whole[8:12], 'big') != 13:
        raise _damaged(path, 'it does not begin with a PNG header')
    header = PngHeader(*_IHDR.unpack_from(content, 16))
    if header.width * header.height > MAX_PIXELS:
        raise DataError(
            f'{path}: its header says {header.width}x{header.height} pixels, and more than '
            f'{MAX_PIXELS} are not read; fetch it again, or cut it into tiles'
        )
    return header


def _damaged(path: str | Path, what: str) -> DataError:
    return DataError(f'{path}: cannot be decoded ({what}); fetch it again')
