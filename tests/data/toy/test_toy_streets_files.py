"""The files of ToyStreets: identical for a seed, complete or absent, read back by the data set."""

import hashlib
import json
import pickle
import shutil

import cv2
import numpy as np
import pytest

from mmseg_ext.common.errors import DataError
from mmseg_ext.data import ToyStreetsDataset
from mmseg_ext.data.toy import draw_toy_streets
from mmseg_ext.data.toy.frame import draw_frame

SMALL = dict(frames={'train': 5, 'val': 4, 'shift': 3}, height=96, width=128)


def digests(root):
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob('*'))
        if path.is_file()
    }


@pytest.fixture(scope='module')
def drawn(tmp_path_factory):
    root = tmp_path_factory.mktemp('toy') / 'toy_streets'
    assert draw_toy_streets(root, seed=7, workers=1, **SMALL)
    return root


def test_layout(drawn):
    names = sorted(name for name in digests(drawn) if name.startswith('instances'))
    assert names == [
        f'instances/{split}/{index:04d}.png'
        for split, count in (('shift', 3), ('train', 5), ('val', 4))
        for index in range(count)
    ]
    assert len(digests(drawn)) == 3 * 12 + 1


def test_files_do_not_depend_on_the_number_of_workers(drawn, tmp_path):
    assert draw_toy_streets(tmp_path / 'two', seed=7, workers=2, **SMALL)
    assert digests(tmp_path / 'two') == digests(drawn)


def test_files_hold_the_frames(drawn):
    frame = draw_frame(7, 'shift', 2, height=96, width=128)
    name = 'shift/0002.png'
    image = cv2.imread(str(drawn / 'images' / name))
    np.testing.assert_array_equal(image[..., ::-1], frame.image)
    for kind, expected in (('annotations', frame.labels), ('instances', frame.instances)):
        found = cv2.imread(str(drawn / kind / name), cv2.IMREAD_UNCHANGED)
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)


def test_a_finished_set_is_left_alone(drawn):
    before = {path: path.stat().st_mtime_ns for path in drawn.rglob('*')}
    assert not draw_toy_streets(drawn, seed=7, **SMALL)
    assert before == {path: path.stat().st_mtime_ns for path in drawn.rglob('*')}


def test_other_parameters_are_refused(drawn):
    with pytest.raises(
        DataError,
        match=r'seed 7 \(asked: 8\), context_strength 0.9 '
        r'\(asked: 0.5\): name another folder',
    ):
        draw_toy_streets(drawn, seed=8, context_strength=0.5, **SMALL)


def test_a_folder_of_something_else_is_refused(tmp_path):
    (tmp_path / 'note.txt').write_text('mine')
    with pytest.raises(DataError, match='is no ToyStreets'):
        draw_toy_streets(tmp_path, **SMALL)
    (tmp_path / 'manifest.json').write_text('[1')
    with pytest.raises(DataError, match='is no manifest of ToyStreets'):
        draw_toy_streets(tmp_path, **SMALL)
    assert (tmp_path / 'note.txt').read_text() == 'mine'


def test_an_interrupted_drawing_goes_on(drawn, tmp_path):
    unfinished = tmp_path / '.set.unfinished'
    shutil.copytree(drawn, unfinished)
    kept = unfinished / 'images' / 'val' / '0000.png'
    before = kept.stat().st_mtime_ns
    (unfinished / 'annotations' / 'val' / '0003.png').unlink()
    (unfinished / 'images' / 'shift' / '0001.png').unlink()
    (unfinished / 'images' / 'shift' / '.0001.123.tmp.png').write_bytes(b'half a file')
    assert draw_toy_streets(tmp_path / 'set', seed=7, workers=1, **SMALL)
    assert digests(tmp_path / 'set') == digests(drawn)
    assert (tmp_path / 'set/images/val/0000.png').stat().st_mtime_ns == before
    assert not unfinished.exists()


def test_the_rest_of_another_drawing_is_not_mixed_in(drawn, tmp_path):
    unfinished = tmp_path / '.set.unfinished'
    shutil.copytree(drawn, unfinished)
    manifest = json.loads((drawn / 'manifest.json').read_text())
    (unfinished / 'manifest.json').write_text(json.dumps(manifest | {'seed': 1}))
    (unfinished / 'images' / 'val' / '0000.png').write_bytes(b'of another seed')
    assert draw_toy_streets(tmp_path / 'set', seed=7, workers=1, **SMALL)
    assert digests(tmp_path / 'set') == digests(drawn)


@pytest.mark.parametrize(
    ('wrong', 'message'),
    [
        (dict(seed=-1), 'seed=-1 must be >= 0'),
        (dict(evidence=1.5), r'evidence=1.5 in \[0, 1\]'),
        (dict(width=16), 'width=16 >= 32'),
        (dict(frames={'test': 3}), "not 'test'"),
    ],
)
def test_wrong_parameters_leave_nothing_behind(tmp_path, wrong, message):
    with pytest.raises(ValueError, match=message):
        draw_toy_streets(tmp_path / 'set', **{**SMALL, **wrong})
    assert not list(tmp_path.iterdir())


PIPELINE = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadCheckedLabels'),
    dict(type='LoadInstanceMap'),
]


@pytest.mark.parametrize(('split', 'count'), [('train', 5), ('val', 4), ('shift', 3)])
def test_dataset_reads_what_was_drawn(drawn, split, count):
    dataset = ToyStreetsDataset(split=split, data_root=str(drawn), pipeline=PIPELINE)
    assert len(dataset) == count
    frame, sample = draw_frame(7, split, 1, height=96, width=128), dataset[1]
    np.testing.assert_array_equal(sample['img'][..., ::-1], frame.image)
    np.testing.assert_array_equal(sample['gt_seg_map'], frame.labels)
    np.testing.assert_array_equal(sample['gt_instance_map'], frame.instances)
    assert sample['gt_instance_map'].dtype == np.uint16
    pickle.loads(pickle.dumps(sample['read_labels']))


def test_metainfo(drawn):
    meta = ToyStreetsDataset(split='val', data_root=str(drawn)).metainfo
    assert meta['classes'][-1] == 'cyclist'
    assert len(meta['palette']) == len(meta['classes']) == 12
    assert meta['thing_classes'] == ('car', 'person', 'cyclist')


def test_missing_root_says_how_to_draw_it(tmp_path):
    with pytest.raises(DataError, match=r'no folder .*none.*mmseg-debias prepare-data toy'):
        ToyStreetsDataset(split='val', data_root=str(tmp_path / 'none'))


def test_wrong_id_and_wrong_instance_size_name_the_file(drawn, tmp_path):
    root = tmp_path / 'toy'
    shutil.copytree(drawn, root)
    labels = np.zeros((96, 128), np.uint8)
    labels[0, :3] = 12
    cv2.imwrite(str(root / 'annotations/val/0001.png'), labels)
    cv2.imwrite(str(root / 'instances/val/0002.png'), np.zeros((96, 64), np.uint16))
    dataset = ToyStreetsDataset(split='val', data_root=str(root), pipeline=PIPELINE)
    with pytest.raises(DataError, match=r'annotations/val/0001.png: id 12 \(3 pixels\)'):
        dataset[1]
    with pytest.raises(DataError, match=r'instances/val/0002.png: 64x96 pixels'):
        dataset[2]
