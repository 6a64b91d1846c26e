"""Image files that are well-formed outside and wrong inside."""

import struct
import zlib

SIGNATURE = b'\x89PNG\r\n\x1a\n'


def chunk(kind: bytes, data: bytes = b'') -> bytes:
    """A PNG chunk with its checksum."""
    return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))


def header(width: int, height: int, depth: int = 8, colour_type: int = 0) -> bytes:
    """A PNG's header chunk."""
    return chunk(b'IHDR', struct.pack('>IIBBBBB', width, height, depth, colour_type, 0, 0, 0))


def with_chunk(png: bytes, kind: bytes, data: bytes) -> bytes:
    """Put a chunk behind the header of a PNG."""
    return png[:33] + chunk(kind, data) + png[33:]
