"""A training says which classes its labels never show."""

import numpy as np
import pytest
from layouts import write_png
from mmengine.registry import DATASETS

from mmseg_ext.common.errors import ConfigError, DataError
from mmseg_ext.data.checks.seen_classes import see_classes
from mmseg_ext.training.before_start import unlabelled_classes
from mmseg_ext.training.training import train


def label(root, *values):
    """Give the four training frames one id of CamVid each."""
    for index, value in enumerate(values):
        array = np.full((48, 64), value, np.uint8)
        write_png(root / f'camvid/annotations/train/train_{index:05}.png', array)


@pytest.fixture
def warnings(tmp_path):
    """What the log of a training in this test warned of classes."""

    def read() -> list[str]:
        (log,) = (tmp_path / 'work').glob('*/*.log')
        return [line for line in log.read_text().splitlines() if 'no pixel of' in line]

    return read


def test_classes_that_are_never_shown_are_named_once(tiny, tmp_path, warnings):
    label(tmp_path, 0, 1, 2, 11)
    train(tiny)
    (warning,) = warnings()
    assert (
        'no pixel of Road, Sidewalk, Tree, SignSymbol, Fence, Car, Pedestrian, Bicyclist in 4 '
        'training labels' in warning
    )


def test_nothing_is_said_where_all_are_shown(tiny, warnings):
    tiny.train_cfg.max_iters = 1
    train(tiny)
    assert warnings() == []


def test_nothing_is_labelled(tiny, tmp_path):
    label(tmp_path, 11, 11, 11, 11)
    with pytest.raises(DataError, match='every pixel of all 4 training labels is ignored'):
        train(tiny)


def test_labels_that_were_not_all_looked_at(tiny, tmp_path, warnings, monkeypatch):
    monkeypatch.setattr(unlabelled_classes, 'SECONDS', 0.0)
    tiny.train_cfg.max_iters = 1
    train(tiny)
    assert '0 of 4 training labels' in warnings()[0]


def test_a_training_set_without_labels(tiny, tmp_path):
    tiny.train_dataloader.dataset = dict(
        type='CheckedCityscapesDataset',
        data_root=str(tmp_path / 'camvid'),
        data_prefix=dict(img_path='images/train'),
        img_suffix='.png',
        pipeline=tiny.train_dataloader.dataset.pipeline,
    )
    with pytest.raises(ConfigError, match='CheckedCityscapesDataset in .* has no labels to learn'):
        train(tiny)


@pytest.mark.parametrize('wrapper', ['', 'RepeatDataset', 'GuardedDataset', 'ConcatDataset'])
def test_labels_of_any_data_set_are_counted(tiny, tmp_path, wrapper):
    """Two frames of Sky, one of Pole and a void one, by mmseg's own reader too."""
    label(tmp_path, 0, 0, 2, 255)
    plain = dict(
        type='BaseSegDataset',
        data_root=str(tmp_path / 'camvid'),
        img_suffix='.png',
        data_prefix=dict(img_path='images/train', seg_map_path='annotations/train'),
        metainfo=dict(classes=('Sky', 'Building', 'Pole')),
        pipeline=[dict(type='LoadImageFromFile'), dict(type='LoadAnnotations')],
    )
    wrapped = {
        '': plain,
        'RepeatDataset': dict(type='RepeatDataset', dataset=plain, times=3),
        'GuardedDataset': dict(type='GuardedDataset', dataset=plain),
        'ConcatDataset': dict(type='ConcatDataset', datasets=[plain]),
    }[wrapper]
    seen = see_classes(DATASETS.build(wrapped), 3, seconds=60)
    np.testing.assert_array_equal(seen.pixels, [2 * 48 * 64, 0, 48 * 64])
    assert (seen.files, seen.of, seen.unreadable) == (4, 4, 0)
