"""Images of more than 8 bits a channel, which decoders reduce to 8 without a word."""

import re
import struct
from pathlib import Path
from typing import BinaryIO

from mmseg_ext.common.errors import DataError

_BITS_PER_SAMPLE = 258  # a tag of TIFF
_HEAD = 1024
# Width, height and the greatest value, with comments between them; the bits of P1 and P4 have none.
_BETWEEN = rb'(?:\s|#[^\n]*\n)+'
_PNM = re.compile(rb'P[2356]' + _BETWEEN + rb'\d+' + _BETWEEN + rb'\d+' + _BETWEEN + rb'(\d+)\s')
# Height, width and the number of channels stand before the depth.
_JP2 = re.compile(rb'.{4}jP  \r\n\x87\n.*?ihdr.{10}(.)', re.DOTALL)


def check_8bit_image(path: str | Path) -> None:
    """Check that a PNG, TIFF, PNM or JPEG 2000 has no more than 8 bits a channel; others pass.

    Only the header is read.

    Args:
        path: The image file, which is there.

    Raises:
        DataError: It has more. OpenCV keeps the upper 8 of 16 bits: of a camera's 10 or 12 bits
            next to nothing is left; and what is read unchanged is normalised as if it had 8.
    """
    with open(path, 'rb') as file:
        head = file.read(_HEAD)
        if head[:8] == b'\x89PNG\r\n\x1a\n' and len(head) >= 26:
            kind, depth = 'PNG', head[24]
        elif head[:4] in (b'II*\0', b'MM\0*') and len(head) >= 8:
            kind, depth = 'TIFF', _tiff_depth(file, head)
        elif found := _PNM.match(head):
            kind, depth = 'PNM', int(found[1]).bit_length()
        elif found := _JP2.match(head):
            # One less than the bits, and 128 more where they are signed.
            kind, depth = 'JPEG 2000', (found[1][0] & 127) + 1
        else:
            return
    if depth > 8:
        raise DataError(
            f'{path}: the {kind} image has {depth} bits a channel, it must have 8: readers keep '
            'the upper 8 bits only. Convert the images, scaled from the range that they really use'
        )


def _tiff_depth(file: BinaryIO, head: bytes) -> int:
    """Return the bits of the first channel of a TIFF's first image, 1 where it does not say."""
    order = '<' if head[:2] == b'II' else '>'
    file.seek(struct.unpack(f'{order}I', head[4:8])[0])
    entries = file.read(2 + 12 * 256)
    for start in range(2, len(entries) - 11, 12):
        tag, _, count = struct.unpack_from(f'{order}HHI', entries, start)
        if tag == _BITS_PER_SAMPLE:
            value = entries[start + 8 : start + 10]
            if count > 2:
                file.seek(struct.unpack_from(f'{order}I', entries, start + 8)[0])
                value = file.read(2)
            return struct.unpack(f'{order}H', value)[0] if len(value) == 2 else 1
        if tag > _BITS_PER_SAMPLE:
            break
    return 1
