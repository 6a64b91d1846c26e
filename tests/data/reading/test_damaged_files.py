"""Files that were altered, that lie in their headers, or that are no files."""

import os
import random
from functools import partial

import cv2
import numpy as np
import pytest
from hostile import SIGNATURE, chunk, header, with_chunk
from layouts import photo, write_image
from PIL import Image

from mmseg_ext.common.errors import DataError
from mmseg_ext.data.reading.readers import (
    check_image_file,
    read_16bit,
    read_colour_map,
    read_id_map,
    read_image,
)

IDS = np.kron(np.random.default_rng(0).integers(0, 11, (24, 32)), np.ones((4, 4))).astype(np.uint8)
COLOURS = np.stack([IDS * 20, IDS, IDS * 3], axis=-1)


def palette():
    image = Image.fromarray(IDS).convert('P')
    image.putpalette(list(range(256)) * 3)
    return image


WRITTEN = {
    'palette': (lambda path: palette().save(path), read_id_map),
    'grey': (lambda path: Image.fromarray(IDS).save(path), read_id_map),
    'colours': (lambda path: Image.fromarray(COLOURS).save(path), read_colour_map),
    '16 bits': (
        lambda path: cv2.imwrite(str(path), IDS.astype(np.uint16) * 300),
        partial(read_16bit, channels=1),
    ),
    '16 bits of three channels': (
        lambda path: cv2.imwrite(str(path), COLOURS.astype(np.uint16) * 300),
        partial(read_16bit, channels=3),
    ),
    'image': (lambda path: Image.fromarray(COLOURS).save(path), read_image),
}


@pytest.mark.parametrize('kind', WRITTEN)
def test_of_300_altered_files_none_reads_as_something_else(tmp_path, kind):
    write, read = WRITTEN[kind]
    path = tmp_path / 'a.png'
    write(path)
    content, expected = path.read_bytes(), read(path)
    draws = random.Random(0)
    refused = 0
    for index in range(300):
        altered = bytearray(content)
        place = draws.randrange(len(altered))
        if index % 3 == 0:
            altered[place] ^= 1 << draws.randrange(8)
        elif index % 3 == 1:
            altered[place : place + 16] = bytes(16)
        else:
            del altered[place : place + draws.randrange(1, 50)]
        path.write_bytes(altered)
        try:
            np.testing.assert_array_equal(read(path), expected)
        except DataError:
            refused += 1
    assert refused > 250


def test_the_message_of_a_flipped_bit(tmp_path):
    path = tmp_path / 'a.png'
    palette().save(path)
    content = bytearray(path.read_bytes())
    place = content.index(b'IDAT')
    content[place + 100] ^= 4
    path.write_bytes(content)
    with pytest.raises(
        DataError,
        match=rf'a\.png: cannot be decoded \(wrong checksum of the chunk at byte {place - 4}\)',
    ):
        read_id_map(path)


READERS = [read_image, read_id_map, read_colour_map, partial(read_16bit, channels=1)]


@pytest.mark.parametrize('read', READERS)
@pytest.mark.parametrize(
    'content, message',
    [
        (SIGNATURE + chunk(b'IEND'), 'it does not begin with a PNG header'),
        (SIGNATURE + header(8, 8)[:20] + chunk(b'IEND'), 'is no chunk|wrong checksum'),
        (SIGNATURE + chunk(b'IHDR', b'12') + chunk(b'IEND'), 'it does not begin with a PNG head'),
        (
            SIGNATURE + header(20_000, 10_000, 16) + chunk(b'IDAT', b'x' * 9) + chunk(b'IEND'),
            'header says 20000x10000 pixels, and more than 178956970 are not read',
        ),
    ],
)
def test_a_png_that_is_none_inside(tmp_path, read, content, message):
    path = tmp_path / 'a.png'
    path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        read(path)


def test_a_jpeg_that_promises_too_many_pixels(tmp_path):
    path = tmp_path / 'a.jpg'
    write_image(path, 0, (40, 60))
    content = bytearray(path.read_bytes())
    place = content.index(b'\xff\xc0') + 5
    content[place : place + 4] = (60_000).to_bytes(2, 'big') * 2
    path.write_bytes(content)
    with pytest.raises(DataError, match=r'a\.jpg: cannot be decoded \(DecompressionBombError: '):
        read_image(path)


@pytest.mark.parametrize('kind', [b'iCCP', b'eXIf', b'tRNS', b'pHYs', b'iTXt', b'zTXt', b'cHRM'])
@pytest.mark.parametrize('data', [b'', b'x', b'\0' * 5, b'MM\0*' + b'\xff' * 20, b'n\0\0' + b'z'])
def test_a_broken_extra_chunk_ends_in_pixels_or_one_message(tmp_path, kind, data):
    path = tmp_path / 'a.png'
    write_image(path, 0, (5, 7))
    path.write_bytes(with_chunk(path.read_bytes(), kind, data))
    try:
        assert read_image(path).shape == (5, 7, 3)
    except DataError as error:
        assert str(path) in str(error)


def test_broken_exif_data_of_a_jpeg(tmp_path):
    path = tmp_path / 'a.jpg'
    Image.fromarray(photo(0, (8, 8))).save(path, exif=b'Exif\0\0MM\0*\xff\xff\xff\xff')
    try:
        assert read_image(path).shape == (8, 8, 3)
    except DataError as error:
        assert 'write it again without them' in str(error)


@pytest.mark.parametrize('read', [check_image_file, *READERS])
def test_what_is_no_file_is_not_waited_for(tmp_path, read):
    os.mkfifo(tmp_path / 'fifo.png')
    (tmp_path / 'folder.png').mkdir()
    (tmp_path / 'device.png').symlink_to('/dev/zero')
    for name in ('fifo', 'folder', 'device'):
        with pytest.raises(DataError, match=rf'{name}\.png: cannot be read \(a folder, FIFO, '):
            read(tmp_path / f'{name}.png')
