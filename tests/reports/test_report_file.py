"""report.json: what is written comes back, and what is broken is named."""

import base64
import dataclasses
import json
import lzma
import os
import tempfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from drawn import draw_evaluation
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mmseg_debias import main
from mmseg_ext.common.errors import DataError, UserError
from mmseg_ext.evaluation.image_counts import image_names
from mmseg_ext.reports import read_evaluation, report_file, write_evaluation
from mmseg_ext.reports.comparison.tables import side_by_side
from mmseg_ext.reports.compressed import compress_report
from mmseg_ext.reports.facts import how_made, title_of
from mmseg_ext.reports.listing import list_reports
from mmseg_ext.reports.packed_arrays import pack, unpack
from mmseg_ext.reports.runs import find_report, find_reports
from mmseg_ext.reports.table import per_class_table


@pytest.mark.parametrize('boundary', [None, np.arange(30 * 10 * 3).reshape(30, 10, 3)])
def test_what_is_written_comes_back(tmp_path, boundary):
    settings = None if boundary is None else {'trimap_widths': [4]}
    evaluation = draw_evaluation(
        boundary=boundary, boundary_settings=settings, metadata={'seed': 3, 'config': 'a = "ä"'}
    )
    write_evaluation(evaluation, tmp_path / 'new' / 'report.json')
    read = read_evaluation(tmp_path / 'new' / 'report.json')
    for name in ('matrices', 'boundary'):
        np.testing.assert_array_equal(getattr(read, name), getattr(evaluation, name))
    for name in ('classes', 'images', 'palette', 'train_shares', 'tail', 'ignore_index',
                 'boundary_settings', 'metadata'):  # fmt: skip
        assert getattr(read, name) == getattr(evaluation, name), name


def test_others_can_read_the_figures(tmp_path):
    """Plain JSON without NaN, and matrices that the documented line unpacks."""
    evaluation = draw_evaluation()
    matrices = evaluation.matrices.copy()
    matrices[:, 2] = matrices[:, :, 2] = 0
    evaluation = draw_evaluation().__class__(evaluation.classes, evaluation.images, matrices)
    write_evaluation(evaluation, tmp_path / 'report.json')

    def refuse(constant):
        raise AssertionError(f'{constant} is not JSON')

    content = json.loads((tmp_path / 'report.json').read_text(), parse_constant=refuse)
    assert content['scores']['IoU/cyclist'] is None
    assert content['intervals_95']['IoU/cyclist'] is None
    low, high = content['intervals_95']['mIoU']
    assert low < content['scores']['mIoU'] < high
    assert sum(content['pixel_shares'].values()) == pytest.approx(100)
    packed = content['matrices']
    array = np.frombuffer(
        zlib.decompress(base64.b64decode(packed['zlib_base64'])), packed['dtype']
    ).reshape(packed['shape'])
    np.testing.assert_array_equal(array, matrices)


@pytest.mark.parametrize('shape', [[10**30], [2**60, 1]])
def test_a_shape_that_nothing_can_have_is_refused(shape):
    with pytest.raises(ValueError):
        unpack(pack(np.zeros(3, int)) | dict(shape=shape))


def test_json_without_end_is_refused(tmp_path):
    (tmp_path / 'report.json').write_text('[' * 100000)
    with pytest.raises(DataError, match='cannot be read as JSON'):
        read_evaluation(tmp_path / 'report.json')


@given(arrays(np.int64, st.tuples(st.integers(0, 4), st.integers(0, 3), st.integers(0, 3))))
def test_arrays_come_back(array):
    unpacked = unpack(json.loads(json.dumps(pack(array))))
    assert unpacked.shape == array.shape
    np.testing.assert_array_equal(unpacked, array)


def changed(*path, **fields):
    """Return what sets fields of an object within a report."""

    def change(content):
        for key in path:
            content = content[key]
        content.update(fields)

    return change


def counts(*shape, **cells):
    array = np.zeros(shape, np.int64)
    for value, places in cells.values():
        array[places] = value
    return pack(array)


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (changed(format='another'), 'not a report of mmseg_ext'),
        (changed(version=2), 'version 2 of the report format'),
        (changed(version=True), 'version True of the report format'),
        (changed(version=[1]), 'version of list of the report format'),
        (lambda content: content.pop('classes'), 'a broken report, classes: missing'),
        (lambda content: content.pop('boundary'), 'boundary: missing'),
        (changed(classes='road'), "classes: 'road' instead of a list of names"),
        (changed(classes=[]), r'classes: \[\] instead of a list of names'),
        (changed(classes=['road', 'car', 3]), r'classes\[2\]: 3 instead of a name'),
        (changed(classes=['road', 'car', 'road']),
         r"classes\[2\]: 'road' instead of a name that is not there yet"),
        (changed(images=None), 'images: None instead of a list of names'),
        (changed(images=[['a']] * 30), r"images\[0\]: \['a'\] instead of a name"),
        (lambda content: content['images'].pop(),
         r'matrices.shape: \[30, 3, 3\] instead of \[29, 3, 3\]'),
        (changed(ignore_index=255.0), 'ignore_index: 255.0 instead of a whole number'),
        (changed(ignore_index=2**63), 'ignore_index: 9223372036854775808 instead of'),
        (changed(palette=[[1, 2, 3]]), 'palette: .* instead of a list of 3 colours'),
        (changed(palette=[[1, 2, 3], [1, 2], [1, 2, 3]]), r'palette\[1\]: \[1, 2\] instead of'),
        (changed(palette=[[1, 2, 256]] * 3), r'palette\[0\]: \[1, 2, 256\] instead of three'),
        (changed(train_shares=[]), r'train_shares: \[\] instead of an object'),
        (changed('train_shares', car='1'), "train_shares.car: '1' instead of a percentage"),
        (changed('train_shares', car=-1), 'train_shares.car: -1 instead of a percentage'),
        (changed('train_shares', car=float('inf')), 'train_shares.car: inf instead of a number'),
        (changed('scores', mIoU=float('nan')), 'scores.mIoU: nan instead of a number'),
        (changed('scores', mIoU=10**400), 'scores.mIoU: 10000.*… instead of a number of 64 bits'),
        (changed('matrices', shape=[1, 3, 3]), r'matrices.shape: \[1, 3, 3\] instead of'),
        (changed('matrices', zlib_base64='AAAA'), 'matrices: broken values'),
        (changed('matrices', zlib_base64=7), 'matrices: the values are no text'),
        (changed('matrices', dtype='<f8'), "matrices: dtype '<f8'"),
        (lambda content: content['matrices'].pop('shape'), 'matrices.shape: missing'),
        (changed(matrices=3), 'matrices: 3 instead of an object'),
        (changed(matrices=counts(30, 3, 3, one=(-1, (2, 1, 0)))),
         r'matrices: -1 pixels at \[2, 1, 0\]'),
        (changed(matrices=counts(30, 3, 3, one=(2**62, (2, 1, 0)))),
         r'matrices: more than 9e\+15 pixels, which cannot be added up'),
        (changed(matrices=counts(30, 3, 3, one=(2**62, (slice(0, 4), 1, 0)))), 'cannot be added'),
        (changed('boundary', counts=counts(30, 10, 3, one=(-1, (0, 0, 0)))), 'counts: -1 pixels'),
        (changed('boundary', counts=counts(30, 10, 3, hit=(1, (0, 3, 0)), true=(1, (0, 4, 0)))),
         'boundary.counts: row 3 has more pixels than row 5, which it is part of'),
        (changed('boundary', counts=counts(30, 10, 3, found=(1, (0, 8, 0)))), 'row 8 has more'),
        (changed('boundary', counts=counts(30, 13, 3)), r'counts.shape: \[30, 13, 3\] instead of'),
        (changed('boundary', counts=[]), r'boundary.counts: \[\] instead of an object'),
        (changed(boundary=False), 'boundary: False instead of an object'),
        (changed('boundary', 'settings', width=3), "no option 'width'"),
        (changed('boundary', 'settings', tolerance=0), 'tolerance: 0 is'),
        (changed('boundary', 'settings', tolerance=2**40), 'tolerance: 1099511627776 is'),
        (changed('boundary', 'settings', trimap_widths=[]), 'give one width or more'),
        (changed('tail', classes=['bike']), r"tail.classes\[0\]: 'bike' instead of one of the cl"),
        (changed('tail', classes=['car', 'car']), r"tail.classes\[1\]: 'car' instead of a name th"),
        (changed('tail', rule=None), 'tail.rule: None instead of a text'),
        (changed(metadata=None), 'metadata: None instead of an object'),
        (changed('metadata', data='val'), "metadata.data: 'val' instead of an object"),
        (changed('metadata', data=dict(split=1)), 'metadata.data.split: 1 instead of a text'),
        (changed('metadata', versions=dict(torch=2)), 'metadata.versions.torch: 2 instead of a te'),
        (changed('metadata', config=['a']), r"metadata.config: \['a'\] instead of a text"),
        (changed('metadata', seed='0'), "metadata.seed: '0' instead of a whole number"),
        (changed('metadata', curves=[[1, 2]]), 'metadata.curves: .* instead of an object'),
        (changed('metadata', curves=dict(loss=[[1]])), r'metadata.curves.loss\[0\]: \[1\] inst'),
        (changed('metadata', curves=dict(loss=[[1, float('inf')]])), r'loss\[0\]\[1\]: inf inst'),
        (changed('metadata', other=eval('[' * 40 + ']' * 40)), 'nested deeper than 32 levels'),
    ],
)  # fmt: skip
def test_a_broken_report_is_named_with_its_field(tmp_path, change, message):
    file = tmp_path / 'report.json'
    write_evaluation(with_boundary(), file)
    content = json.loads(file.read_text())
    change(content)
    file.write_text(json.dumps(content))
    with pytest.raises(DataError, match=message) as error:
        read_evaluation(file)
    assert str(error.value).startswith(f'{file}: ')


def with_boundary():
    return draw_evaluation(
        boundary=np.zeros((30, 10, 3), np.int64), boundary_settings={'trimap_widths': [4]}
    )


def test_an_image_may_be_there_twice(tmp_path):
    """A data set may repeat its images; only a comparison cannot pair them."""
    evaluation = draw_evaluation()
    images = ('000.png', *evaluation.images[:-1])
    write_evaluation(dataclasses.replace(evaluation, images=images), tmp_path / 'report.json')
    assert read_evaluation(tmp_path / 'report.json').images == images


def test_values_that_are_cut_off_are_refused():
    packed = pack(np.arange(100))
    whole = base64.b64decode(packed['zlib_base64'])
    packed['zlib_base64'] = base64.b64encode(whole[:-4]).decode()
    with pytest.raises(ValueError, match='cut off before their checksum'):
        unpack(packed)


def test_a_pipe_does_not_hang(tmp_path):
    os.mkfifo(tmp_path / 'report.json')
    with pytest.raises(DataError, match='report.json: not a file'):
        read_evaluation(tmp_path / 'report.json')


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text()
    | st.sampled_from([2**62, -1, 10**400, '\ud800', '\x1b[31m', '$x$', '', 'road', 'car']),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(), children),
    max_leaves=6,
)  # fmt: skip
packed_arrays = arrays(
    np.int64,
    st.sampled_from([(5, 3, 3), (5, 10, 3), (5, 3), (0, 3, 3), (4, 3, 3)]),
    elements=st.sampled_from([0, 1, 7, -1, 2**31, 2**50, 2**62, -(2**63)]),
).map(pack)


def places_of(value, path=()):
    yield path
    if isinstance(value, dict):
        for key in value:
            yield from places_of(value[key], (*path, key))
    elif isinstance(value, list):
        for index in range(min(3, len(value))):
            yield from places_of(value[index], (*path, index))


def report_text():
    metadata = {
        'created': '2026-01-01T00:00:00', 'config': 'a.py', 'seed': 1, 'versions': {'torch': '2'},
        'data': {'dataset': 'Streets', 'split': 'val', 'root': 'data'},
        'curves': {'loss': [[1, 2.0], [2, 1.0]]},
    }  # fmt: skip
    evaluation = draw_evaluation(images=5, boundary=np.zeros((5, 10, 3), np.int64),
                                 boundary_settings={'trimap_widths': [4]},
                                 metadata=metadata)  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        write_evaluation(evaluation, Path(folder, 'report.json'))
        return Path(folder, 'report.json').read_text()


WHOLE = report_text()
PLACES = list(places_of(json.loads(WHOLE)))
# What is read, and not only there for others, is altered more often.
PLACES += 3 * [path for path in PLACES if path[:1] not in [('scores',), ('intervals_95',)]]


@settings(max_examples=300)
@given(st.data())
def test_whatever_is_altered_is_read_or_refused_with_a_message(data):
    content = json.loads(WHOLE)
    for _ in range(data.draw(st.integers(1, 3))):
        *path, key = data.draw(st.sampled_from([path for path in PLACES if path]))
        try:
            inside = content
            for step in path:
                inside = inside[step]
            if data.draw(st.booleans()) and isinstance(inside, dict):
                del inside[key]
            else:
                inside[key] = data.draw(json_values | packed_arrays)
        except (KeyError, IndexError, TypeError):
            continue  # What was altered before is no longer there.
    read_and_show(json.dumps(content).encode())


@settings(max_examples=100)
@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255), st.integers(0, 3))
def test_whatever_byte_is_altered(place, flipped, kept):
    text = bytearray(WHOLE.encode())
    text[place] ^= flipped
    read_and_show(bytes(text) if kept else bytes(text[:place]))


def read_and_show(text):
    """Read a file; what can be read can also be shown, listed and written again."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, 'report.json')
        file.write_bytes(text)
        table, unreadable = list_reports(folder)
        try:
            evaluation = read_evaluation(file)
        except UserError as error:
            assert str(file) in str(error)
            assert unreadable == [str(error)]
            return
        assert not unreadable
        per_class_table(evaluation, evaluation.intervals(20))
        title_of(evaluation), how_made(evaluation), compare_table(evaluation)
        write_evaluation(evaluation, file)


def compare_table(evaluation):
    return side_by_side([('a', evaluation), ('b', evaluation)])


def test_what_is_no_json_is_named(tmp_path):
    with pytest.raises(DataError, match='no such report'):
        read_evaluation(tmp_path / 'report.json')
    (tmp_path / 'report.json').write_text('{"format": ')
    with pytest.raises(DataError, match='cannot be read as JSON'):
        read_evaluation(tmp_path / 'report.json')


@pytest.mark.parametrize(
    ('paths', 'names'),
    [
        (['/data/val/a.png', '/data/val/b.png'], ('a.png', 'b.png')),
        (['data/val/x/0.png', 'data/val/y/0.png'], ('x/0.png', 'y/0.png')),
        (['/data/val/a.png'], ('a.png',)),
        (['/data/0.png', '/data/more/0.png'], ('0.png', 'more/0.png')),
    ],
)
def test_images_are_named_below_the_folder_that_they_share(paths, names):
    assert image_names(paths) == names


def test_a_compressed_report_is_the_same_in_less_space(tmp_path):
    """Against the JSON of the report, with its arrays unpacked by zlib alone."""
    write_evaluation(with_boundary(), tmp_path / 'report.json')
    code = main(['report', 'compress', str(tmp_path), '--out', str(tmp_path / 'kept')])
    assert code == 0 and os.listdir(tmp_path / 'kept') == ['report.json.xz']
    small = tmp_path / 'kept/report.json.xz'
    assert small.stat().st_size < 0.8 * (tmp_path / 'report.json').stat().st_size
    before = json.loads((tmp_path / 'report.json').read_text())
    after = json.loads(lzma.decompress(small.read_bytes()))
    for content in (before, after):
        for packed in (content['matrices'], content['boundary']['counts']):
            packed['zlib_base64'] = zlib.decompress(base64.b64decode(packed['zlib_base64']))
    assert after == before
    assert find_report(tmp_path / 'kept') == small
    assert find_reports(tmp_path) == [tmp_path / 'kept/report.json.xz', tmp_path / 'report.json']
    np.testing.assert_array_equal(read_evaluation(small).matrices, with_boundary().matrices)


@pytest.mark.parametrize(
    ('broken', 'said'),
    [
        (lambda data: data[:-20], 'cut off'),
        (lambda data: b'{}', 'format not supported'),
        (lambda data: lzma.compress(b' ' * 10**6), 'of more than 100000 bytes'),
    ],
)
def test_a_broken_compressed_report_is_one_message(tmp_path, monkeypatch, broken, said):
    monkeypatch.setattr(report_file, '_LARGEST', 10**5)
    write_evaluation(draw_evaluation(), tmp_path / 'report.json')
    small = compress_report(tmp_path / 'report.json', tmp_path)
    small.write_bytes(broken(small.read_bytes()))
    with pytest.raises(DataError, match=f'(?i)report.json.xz: cannot be read as JSON .*{said}'):
        read_evaluation(small)
