"""Files that are drawn by hand, and the matrix that is expected of them."""

import numpy as np
import pytest
from layouts import CITYSCAPES_LABEL_IDS, write_png
from PIL import Image

from mmseg_ext.common.errors import ConfigError, DataError
from mmseg_ext.data.labels.known import KNOWN_SETS, known_set
from mmseg_ext.data.predictions.counting import count_pairs, read_pair
from mmseg_ext.data.predictions.files import Naming, find_pairs
from mmseg_ext.data.predictions.scheme import LABELS, scheme_of_classes, scheme_of_set
from mmseg_ext.evaluation.boundary_quality import BoundaryQuality

ROAD, CAR = (128, 64, 128), (0, 0, 142)
LABEL = [[0, 0, 1, 255], [0, 1, 1, 255]]
PRED = [[0, 1, 1, 0], [0, 1, 0, 1]]
MATRIX = [[2, 1], [1, 2]]
ENTRIES = [
    {'name': 'road', 'ids': [7], 'colours': [ROAD]},
    {'name': 'car', 'ids': [26], 'colours': [CAR]},
]
IGNORE = [0, (0, 0, 0)]


def ids(rows, values):
    return np.vectorize(lambda place: values.get(place, 0))(np.array(rows)).astype(np.uint8)


def colours(rows):
    table = {0: ROAD, 1: CAR, 255: (0, 0, 0)}
    return np.array([[table[value] for value in row] for row in rows], np.uint8)


OWN = {0: 7, 1: 26}
PLACES = {0: 0, 1: 1}


def pairs_of(root, pred, label):
    write_png(root / 'p' / 'a.png', pred)
    write_png(root / 'l' / 'a.png', label)
    return find_pairs(root / 'p', root / 'l', Naming())


@pytest.mark.parametrize(
    ('pred', 'predicted'),
    [
        (ids(PRED, PLACES), 'classes'),
        (colours(PRED), 'classes'),
        (ids(PRED, OWN), LABELS),
        (colours(PRED), LABELS),
    ],
)
@pytest.mark.parametrize('label', [ids(LABEL, OWN), colours(LABEL)])
def test_ids_and_colours_give_the_same_matrix(tmp_path, pred, predicted, label):
    scheme = scheme_of_classes(ENTRIES, IGNORE, None, predicted)
    (counts,) = count_pairs(pairs_of(tmp_path, pred, label), scheme, workers=1)
    np.testing.assert_array_equal(counts.matrix, MATRIX)
    assert counts.boundary is None


def test_names_alone_are_the_ids_from_0(tmp_path):
    scheme = scheme_of_classes(['road', 'car'], [255], None)
    pairs = pairs_of(tmp_path, ids(PRED, PLACES), np.array(LABEL, np.uint8))
    np.testing.assert_array_equal(count_pairs(pairs, scheme, workers=1)[0].matrix, MATRIX)


def palette_png(path, rows, order):
    """Write indices whose colours are those of the classes, in another order than these."""
    image = Image.fromarray(np.array([[order.index(v) for v in row] for row in rows], np.uint8))
    table = {0: ROAD, 1: CAR, 255: (0, 0, 0)}
    image.putpalette([value for place in order for value in table[place]])
    path.parent.mkdir(exist_ok=True)
    image.save(path)


def test_a_palette_is_ids_unless_it_is_said_to_be_colours(tmp_path):
    entries = [{'name': 'road', 'colours': [ROAD]}, {'name': 'car', 'colours': [CAR]}]
    pairs = pairs_of(tmp_path, ids(PRED, PLACES), colours(LABEL))
    palette_png(tmp_path / 'l' / 'a.png', LABEL, [1, 255, 0])
    with pytest.raises(DataError, match='has ids, and no ids of the classes are known.*colours'):
        count_pairs(pairs, scheme_of_classes(entries, [(0, 0, 0)], None), workers=1)
    scheme = scheme_of_classes(entries, [(0, 0, 0)], 'colours')
    np.testing.assert_array_equal(count_pairs(pairs, scheme, workers=1)[0].matrix, MATRIX)


@pytest.mark.parametrize(
    ('pred', 'label', 'predicted', 'message'),
    [
        (ids(PRED, {0: 0, 1: 2}), ids(LABEL, OWN), 'classes', 'p/a.png: id 2 .4 pixels. found'),
        (ids(PRED, PLACES), ids(LABEL, PLACES), 'classes', 'l/a.png: id 1 .3 pixels. found'),
        (colours(PRED) + 1, ids(LABEL, OWN), 'classes', 'p/a.png: colours of no class: '),
        (colours(PRED), colours(LABEL) + 1, 'classes', 'l/a.png: colours of no class: .'),
        (ids(LABEL, OWN), ids(LABEL, OWN), LABELS, 'p/a.png: 2 pixels have a value of the labels'),
        (colours(LABEL), ids(LABEL, OWN), 'classes', r'p/a.png: colours of no class: \(0, 0, 0\)'),
        (
            ids(PRED, PLACES)[:, :3], ids(LABEL, OWN), 'classes',
            'p/a.png: 3x2 pixels, but its label file .*l/a.png is 4x2',
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_names_the_file(tmp_path, pred, label, predicted, message):
    scheme = scheme_of_classes(ENTRIES, IGNORE, None, predicted)
    with pytest.raises(DataError, match=f'1 of 1 pairs are bad:\n  .*{message}'):
        count_pairs(pairs_of(tmp_path, pred, label), scheme, workers=1)


def test_classes_without_colours_and_a_prediction_in_colours(tmp_path):
    pairs = pairs_of(tmp_path, colours(PRED), np.array(LABEL, np.uint8))
    with pytest.raises(DataError, match='p/a.png: has colours, and no colours'):
        count_pairs(pairs, scheme_of_classes(['road', 'car'], [255], None), workers=1)


def test_classes_that_lack_colours_where_others_have_them():
    with pytest.raises(ConfigError, match="'car' without colours"):
        scheme_of_classes([ENTRIES[0], {'name': 'car', 'ids': [26]}], IGNORE, None)


@pytest.mark.parametrize('name', KNOWN_SETS)
def test_every_known_set_reads_its_colours_and_ids(tmp_path, name):
    palette = np.array(KNOWN_SETS[name].metainfo['palette'], np.uint8)
    assert len({*map(tuple, palette.tolist())}) == len(palette)
    scheme = scheme_of_set(known_set(name))
    order = np.arange(len(palette), dtype=np.uint8)[None]
    for pred in (palette[order], order):
        write_png(tmp_path / 'p.png', pred)
        np.testing.assert_array_equal(scheme.read_predicted(tmp_path / 'p.png'), order)
    write_png(tmp_path / 'p.png', order + 1)
    with pytest.raises(DataError, match=f'id {len(palette)} '):
        scheme.read_predicted(tmp_path / 'p.png')


def test_official_ids_of_cityscapes_whatever_the_file_is_called(tmp_path):
    """As training ids, 7 would be a traffic sign: it is road."""
    write_png(tmp_path / 'p.png', np.array([CITYSCAPES_LABEL_IDS], np.uint8))
    scheme = scheme_of_set(known_set('CheckedCityscapesDataset'), LABELS)
    np.testing.assert_array_equal(scheme.read_predicted(tmp_path / 'p.png'), [range(19)])


def test_an_unknown_data_set_and_the_nearest():
    with pytest.raises(ConfigError, match="'CamvidDataset', did you mean CamVidDataset.*: there"):
        known_set('CamvidDataset')


def test_the_number_of_processes_does_not_matter(tmp_path):
    rng = np.random.default_rng(0)
    for index in range(9):
        for folder in 'pl':
            write_png(tmp_path / folder / f'{index}.png', rng.integers(0, 2, (20, 30), np.uint8))
    pairs = find_pairs(tmp_path / 'p', tmp_path / 'l', Naming())
    scheme, quality = scheme_of_classes(['road', 'car'], [255], None), BoundaryQuality()
    one, two, three = (count_pairs(pairs, scheme, quality, workers) for workers in (1, 2, 3))
    for others in (two, three):
        for here, there in zip(one, others, strict=True):
            assert here.path == there.path
            np.testing.assert_array_equal(here.matrix, there.matrix)
            np.testing.assert_array_equal(here.boundary, there.boundary)
    pred, label = read_pair(pairs[0], scheme)
    expected = np.bincount((label.astype(int) * 2 + pred).ravel(), minlength=4).reshape(2, 2)
    np.testing.assert_array_equal(one[0].matrix, expected)
