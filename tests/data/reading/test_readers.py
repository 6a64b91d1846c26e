"""Strict readers: what they accept, and the message for everything else."""

import mmcv
import numpy as np
import pytest
from layouts import photo, write_image, write_png
from PIL import Image

from mmseg_ext.common.errors import DataError
from mmseg_ext.data.reading.readers import (
    check_image_file,
    map_ids,
    read_16bit,
    read_colour_map,
    read_id_map,
    read_image,
)

IDS = np.array([[0, 1, 2], [3, 11, 200]], np.uint8)


def test_images_are_bgr(tmp_path):
    write_image(tmp_path / 'a.png', 3, (5, 7))
    np.testing.assert_array_equal(read_image(tmp_path / 'a.png'), photo(3, (5, 7))[..., ::-1])


def test_an_image_is_turned_as_mmcv_turns_it(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # Orientation: to be turned by a quarter.
    Image.fromarray(photo(3, (20, 30))).save(tmp_path / 'a.jpg', exif=exif, quality=95)
    ours, theirs = read_image(tmp_path / 'a.jpg'), mmcv.imread(tmp_path / 'a.jpg')
    assert ours.shape == theirs.shape == (30, 20, 3)
    np.testing.assert_allclose(ours.astype(int), theirs, atol=3)  # Two JPEG decoders.


def test_missing_image(tmp_path):
    with pytest.raises(DataError, match=r'a\.png: cannot be read \(No such file'):
        check_image_file(tmp_path / 'a.png')


def test_empty_image(tmp_path):
    (tmp_path / 'a.jpg').write_bytes(b'')
    with pytest.raises(DataError, match=r'a\.jpg: the file is empty'):
        read_image(tmp_path / 'a.jpg')


@pytest.mark.parametrize('name, kind', [('a.png', 'PNG'), ('a.jpg', 'JPEG')])
def test_truncated_image(tmp_path, name, kind):
    path = tmp_path / name
    write_image(path, 0, (40, 60))
    content = path.read_bytes()
    check_image_file(path)
    for length in (len(content) - 4, len(content) // 2, 20):
        path.write_bytes(content[:length])
        with pytest.raises(DataError, match=f'{name}: the {kind} file is truncated'):
            check_image_file(path)


def test_bytes_behind_the_end_marker_are_fine(tmp_path):
    path = tmp_path / 'a.jpg'
    write_image(path, 0, (40, 60))
    path.write_bytes(path.read_bytes() + b'\0' * 100)
    assert read_image(path).shape == (40, 60, 3)


def test_undecodable_image(tmp_path):
    (tmp_path / 'a.jpg').write_text('<html>404 not found</html>')
    with pytest.raises(DataError, match=r'a\.jpg: cannot be decoded'):
        read_image(tmp_path / 'a.jpg')


def test_damaged_in_the_middle(tmp_path):
    path = tmp_path / 'a.png'
    write_png(path, IDS)
    content = bytearray(path.read_bytes())
    content[content.index(b'IDAT') + 8] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(DataError, match=r'a\.png: cannot be decoded'):
        read_id_map(path)


def test_grey_ids(tmp_path):
    write_png(tmp_path / 'a.png', IDS)
    np.testing.assert_array_equal(read_id_map(tmp_path / 'a.png'), IDS)


def test_palette_indices_are_the_ids(tmp_path):
    image = Image.fromarray(IDS, 'L').convert('P')
    image.putdata(IDS.ravel().tolist())
    image.putpalette([(7 * i + 5) % 256 for i in range(768)])
    image.save(tmp_path / 'a.png')
    np.testing.assert_array_equal(read_id_map(tmp_path / 'a.png'), IDS)


@pytest.mark.parametrize(
    'array, found',
    [
        (IDS.astype(np.uint16), '16-bit grey'),
        (np.zeros((2, 3, 3), np.uint8), '8-bit RGB'),
    ],
)
def test_other_encodings_are_not_ids(tmp_path, array, found):
    write_png(tmp_path / 'a.png', array)
    with pytest.raises(DataError, match=f'8-bit PNG with one channel, this one is {found}'):
        read_id_map(tmp_path / 'a.png')


def test_low_bit_depths_are_not_ids(tmp_path):
    Image.fromarray(IDS > 1).save(tmp_path / 'a.png')
    with pytest.raises(DataError, match='this one is 1-bit grey'):
        read_id_map(tmp_path / 'a.png')


def test_a_jpeg_is_no_label_file(tmp_path):
    write_image(tmp_path / 'a.jpg', 0, (4, 4))
    with pytest.raises(DataError, match=r'a\.jpg: a label file must be a PNG'):
        read_id_map(tmp_path / 'a.jpg')


def test_colours(tmp_path):
    write_png(tmp_path / 'a.png', photo(1, (3, 4)))
    np.testing.assert_array_equal(read_colour_map(tmp_path / 'a.png'), photo(1, (3, 4)))
    Image.fromarray(photo(1, (3, 4))).convert('RGBA').save(tmp_path / 'b.png')
    np.testing.assert_array_equal(read_colour_map(tmp_path / 'b.png'), photo(1, (3, 4)))


@pytest.mark.parametrize(
    'array, found', [(IDS, '8-bit grey'), (np.zeros((2, 3, 3), np.uint16), '16-bit RGB')]
)
def test_no_colours(tmp_path, array, found):
    write_png(tmp_path / 'a.png', array)
    with pytest.raises(DataError, match=f'8-bit RGB PNG, this one is {found}'):
        read_colour_map(tmp_path / 'a.png')


def test_16_bits(tmp_path):
    grey = np.array([[0, 1, 26000], [65535, 256, 3]], np.uint16)
    write_png(tmp_path / 'grey.png', grey)
    np.testing.assert_array_equal(read_16bit(tmp_path / 'grey.png', 1), grey)
    colour = np.stack([grey, grey // 2, grey * 0], axis=-1).astype(np.uint16)
    write_png(tmp_path / 'colour.png', colour)
    np.testing.assert_array_equal(read_16bit(tmp_path / 'colour.png', 3), colour)


@pytest.mark.parametrize(
    'array, channels, found',
    [
        (IDS, 1, '8-bit grey'),
        (np.zeros((2, 3, 3), np.uint8), 3, '8-bit RGB'),
        (np.zeros((2, 3), np.uint16), 3, '16-bit grey'),
    ],
)
def test_not_16_bits(tmp_path, array, channels, found):
    write_png(tmp_path / 'a.png', array)
    with pytest.raises(DataError, match=rf'{channels} channel\(s\) is needed, this one is {found}'):
        read_16bit(tmp_path / 'a.png', channels)


def test_undecodable_16_bits(tmp_path):
    path = tmp_path / 'a.png'
    write_png(path, np.zeros((40, 30), np.uint16))
    content = path.read_bytes()
    path.write_bytes(content[:33] + content[-12:])
    with pytest.raises(DataError, match=r'a\.png: the PNG cannot be decoded'):
        read_16bit(path, 1)


def test_map_ids():
    table = {0: 5, 1: 255, 11: 0, 200: 1, 2: 2, 3: 3}
    np.testing.assert_array_equal(map_ids(IDS, table, 'x'), [[5, 255, 2], [3, 0, 1]])
    np.testing.assert_array_equal(
        map_ids(IDS.astype(np.uint16), table, 'x'), [[5, 255, 2], [3, 0, 1]]
    )


def test_invalid_ids_are_listed_with_their_pixels():
    ids = np.array([[0, 1, 77], [77, 3, 1000]], np.uint16)
    with pytest.raises(DataError) as caught:
        map_ids(ids, {0: 0, 1: 1, 2: 2, 5: 5, 255: 255}, 'some/file.png')
    assert str(caught.value) == (
        'some/file.png: id 3 (1 pixels), id 77 (2 pixels), id 1000 '
        '(1 pixels) found; valid ids are 0-2, 5, 255'
    )
