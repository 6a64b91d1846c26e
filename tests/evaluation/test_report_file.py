"""report.json: what is written comes back, and what is broken is named."""

import base64
import json
import zlib

import numpy as np
import pytest
from drawn import draw_evaluation
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mmseg_ext.errors import DataError
from mmseg_ext.evaluation import read_evaluation, write_evaluation
from mmseg_ext.evaluation.image_counts import image_names
from mmseg_ext.evaluation.packed_arrays import pack, unpack


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
    assert content['scores']['IoU.cyclist'] is None
    assert content['intervals_95']['IoU.cyclist'] is None
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


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (lambda content: content.update(format='another'), 'not a report of mmseg_ext'),
        (lambda content: content.update(version=2), 'version 2 of the report format'),
        (lambda content: content.pop('classes'), "a broken report .*'classes'"),
        (lambda content: content['images'].pop(), '29 images and 3 classes, but matrices'),
        (lambda content: content['matrices'].update(shape=[1, 3, 3]), 'do not fill'),
        (lambda content: content['matrices'].update(zlib_base64='AAAA'), 'broken values'),
        (lambda content: content['matrices'].update(dtype='<f8'), "dtype '<f8'"),
        (lambda content: content['tail'].update(classes=['bike']), "'bike', which is no class"),
        (lambda content: content.update(metadata=None), 'metadata is None instead of an object'),
        (lambda content: content['metadata'].update(data='val'), "metadata.data is 'val' instead"),
        (lambda content: content['boundary']['settings'].update(width=3), "no option 'width'"),
        (lambda content: content['boundary']['settings'].update(tolerance=0), 'tolerance: 0 is'),
    ],
)
def test_a_broken_report_is_named(tmp_path, change, message):
    file = tmp_path / 'report.json'
    boundary = np.zeros((30, 10, 3), np.int64)
    write_evaluation(
        draw_evaluation(boundary=boundary, boundary_settings={'trimap_widths': [4]}), file
    )
    content = json.loads(file.read_text())
    change(content)
    file.write_text(json.dumps(content))
    with pytest.raises(DataError, match=message) as error:
        read_evaluation(file)
    assert str(file) in str(error.value)


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
