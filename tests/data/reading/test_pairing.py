"""Which files belong together, and what is said of those that are not read."""

import pytest

from mmseg_ext.data.reading.pairing import list_files, pair_files


def pair(tmp_path, images, labels):
    for folder, names in (('images', images), ('labels', labels)):
        (tmp_path / folder).mkdir()
        for name in names:
            (tmp_path / folder / name).touch()
    return pair_files(list_files(tmp_path / 'images'), list_files(tmp_path / 'labels', ('.png',)))


@pytest.mark.parametrize(
    ('images', 'labels', 'problems'),
    [
        (['a.tif'], ['a.png'], ['1 image file(s) of a format that is not read (.tif); convert']),
        (['a.bmp', 'b.TIFF'], ['a.png', 'b.png'], ['2 image file(s) of a format that is not read']),
        (['a.png'], ['a.tif'], ['1 label file(s) of a format that is not read (.tif); convert']),
        (['a.jpg'], ['a.jpg'], ['1 label file(s) of a format that is not read (.jpg); convert']),
        # A frame that nobody would miss otherwise.
        (['a.tif'], ['a.tif'], ['1 image file(s) of a format', '1 label file(s) of a format']),
        # What is also there in a format that is read.
        (['a.png', 'a.tif', 'a.txt', '.b.tif'], ['a.png', 'a.bmp', 'a.jpg'], []),
        # What belongs to nothing.
        (['a.png', 'cover.gif'], ['a.png', 'legend.jpg'], []),
        (['a.tif', 'b.png'], ['a.png'], ['1 image file(s) of', '1 image(s) without label file']),
    ],
)
def test_formats_that_are_not_read_are_named(tmp_path, images, labels, problems):
    found = pair(tmp_path, images, labels).problems
    assert len(found) == len(problems), found
    for message, start in zip(found, problems, strict=True):
        assert message.startswith(start)
    assert 'label file(s) without image' not in str(found)


def test_files_are_ordered_whatever_their_suffix(tmp_path):
    pairs, problems = pair(tmp_path, ['c.jpg', 'a.PNG', 'b.jpeg'], ['b.png', 'a.png', 'c.png'])
    assert [image.name for image, _ in pairs] == ['a.PNG', 'b.jpeg', 'c.jpg']
    assert not problems
