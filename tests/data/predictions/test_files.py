"""Which prediction belongs to which label file."""

import numpy as np
import pytest
from layouts import write_cityscapes, write_png

from mmseg_ext.common.errors import ConfigError, DataError
from mmseg_ext.data.labels.known import KNOWN_SETS
from mmseg_ext.data.predictions.files import Naming, find_pairs

PIXEL = np.zeros((1, 1), np.uint8)


def touch(root, *names):
    for name in names:
        write_png(root / name, PIXEL)


def found(root, naming=Naming()):  # noqa: B008
    pairs = find_pairs(root / 'p', root / 'l', naming)
    return [
        (
            pair.image.removeprefix(f'{root}/'),
            pair.predicted.relative_to(root).as_posix(),
            pair.label.relative_to(root).as_posix(),
        )
        for pair in pairs
    ]


def test_by_the_path_below_the_folders(tmp_path):
    touch(tmp_path, 'p/b/1.png', 'p/a/1.png', 'l/a/1.png', 'l/b/1.png')
    assert found(tmp_path) == [
        ('l/a/1.png', 'p/a/1.png', 'l/a/1.png'),
        ('l/b/1.png', 'p/b/1.png', 'l/b/1.png'),
    ]


def test_predictions_in_one_folder_by_the_name_alone(tmp_path):
    touch(tmp_path, 'p/2.png', 'p/1.png', 'l/a/1.png', 'l/b/2.png')
    assert [image for image, *_ in found(tmp_path)] == ['l/a/1.png', 'l/b/2.png']


def test_endings_of_names(tmp_path):
    touch(tmp_path, 'p/1_pred.png', 'l/1_mask.png')
    naming = Naming(('_mask',), '_pred')
    assert found(tmp_path, naming) == [('l/1.png', 'p/1_pred.png', 'l/1_mask.png')]
    touch(tmp_path, 'p/2.png', 'l/2.png')
    with pytest.raises(DataError) as raised:
        found(tmp_path, naming)
    for problem in (
        f"1 prediction(s) without '_pred': {tmp_path}/p/2.png",
        f"1 label file(s) without '_mask': {tmp_path}/l/2.png",
    ):
        assert problem in str(raised.value)


def test_what_has_no_partner_is_named_on_both_sides(tmp_path):
    touch(tmp_path, 'p/1.png', 'p/2.png', 'l/1.png', 'l/3.png')
    with pytest.raises(DataError) as raised:
        found(tmp_path)
    assert str(raised.value) == (
        f'{tmp_path}/p with {tmp_path}/l: 1 prediction(s) without label file: {tmp_path}/p/2.png; '
        f'1 label file(s) without prediction: {tmp_path}/l/3.png'
    )


def test_two_files_of_one_image_and_formats_that_blur(tmp_path):
    touch(tmp_path, 'p/1.png', 'l/a/1.png', 'l/b/1.png', 'l/2.png')
    (tmp_path / 'p' / '2.jpg').write_bytes(b'')
    with pytest.raises(DataError) as raised:
        found(tmp_path)
    assert f"two label files for '1': {tmp_path}/l/a/1.png" in str(raised.value)
    assert '1 prediction file(s) of a format that is not read (.jpg)' in str(raised.value)


def test_folders_that_cannot_be_paired(tmp_path):
    touch(tmp_path, 'p/1.png')
    with pytest.raises(DataError, match='l: no such folder of labels'):
        found(tmp_path)
    (tmp_path / 'l').mkdir()
    (tmp_path / 'l' / 'p').symlink_to(tmp_path / 'p')
    with pytest.raises(ConfigError, match='neither is in the other'):
        find_pairs(tmp_path / 'p', tmp_path / 'p' / '..' / 'p', Naming())
    (tmp_path / 'p' / '1.png').unlink()
    (tmp_path / 'l' / 'p').unlink()
    with pytest.raises(DataError, match='no predictions found'):
        found(tmp_path)


@pytest.mark.parametrize('train_ids', [True, False])
@pytest.mark.parametrize('name', ['leftImg8bit', 'gtFine_labelIds'])
def test_cityscapes_as_it_is_downloaded(tmp_path, train_ids, name):
    """Label files lie among others; training ids go before; the image keeps its folder."""
    write_cityscapes(tmp_path, train_ids=train_ids, frames=2)
    for index in range(2):
        touch(tmp_path, f'p/ulm_{index:06}_000019_{name}.png')
    known = KNOWN_SETS['CheckedCityscapesDataset']
    naming = Naming(known.label_endings, '', known.frame, other_files=True)
    pairs = find_pairs(tmp_path / 'p', tmp_path / 'gtFine' / 'val', naming)
    ending = 'labelTrainIds' if train_ids else 'labelIds'
    assert [pair.label.name for pair in pairs] == [
        f'ulm_{index:06}_000019_gtFine_{ending}.png' for index in range(2)
    ]
    assert [pair.image for pair in pairs] == [
        f'{tmp_path}/gtFine/val/ulm/ulm_{index:06}_000019_{name}.png' for index in range(2)
    ]
