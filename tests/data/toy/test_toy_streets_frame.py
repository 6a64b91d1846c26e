"""Frames of ToyStreets: what is in them, and the spurious context."""

import numpy as np
import pytest

from mmseg_ext.data.toy.classes import (
    CAR,
    CLASSES,
    CYCLIST,
    PALETTE,
    PERSON,
    POLE,
    ROUGHNESS,
    THING_CLASSES,
)
from mmseg_ext.data.toy.context import context_rule
from mmseg_ext.data.toy.frame import draw_frame


def by_car(frame, class_id, reach=5):
    """For every instance of a class: whether a car pixel is within `reach` columns and rows."""
    cars = frame.labels == CAR
    result = []
    for instance in np.unique(frame.instances[frame.labels == class_id]):
        rows, columns = np.nonzero(frame.instances == instance)
        window = cars[
            max(0, rows.min() - reach) : rows.max() + reach + 1,
            max(0, columns.min() - reach) : columns.max() + reach + 1,
        ]
        result.append(bool(window.any()))
    return result


@pytest.fixture(scope='module')
def frames():
    return {
        split: [draw_frame(0, split, index) for index in range(60)]
        for split in ('train', 'val', 'shift')
    }


def test_class_tables_have_one_entry_for_each_class():
    assert len(CLASSES) >= 9
    assert len(PALETTE) == len(set(PALETTE)) == len(ROUGHNESS) == len(CLASSES)
    assert set(THING_CLASSES) <= set(CLASSES)


def test_a_frame_depends_on_seed_split_and_index_alone():
    first = draw_frame(3, 'val', 5)
    draw_frame(3, 'val', 6)
    again = draw_frame(3, 'val', 5)
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, other)
    for other in (draw_frame(4, 'val', 5), draw_frame(3, 'shift', 5), draw_frame(3, 'val', 6)):
        assert (first.image != other.image).any()


def test_shapes_and_types():
    frame = draw_frame(0, 'train', 0, height=96, width=128)
    assert (frame.image.shape, frame.image.dtype) == ((96, 128, 3), np.uint8)
    assert (frame.labels.shape, frame.labels.dtype) == ((96, 128), np.uint8)
    assert (frame.instances.shape, frame.instances.dtype) == ((96, 128), np.uint16)
    assert frame.labels.max() < len(CLASSES)


@pytest.mark.parametrize('split', ['train', 'val', 'shift'])
def test_long_tail(frames, split):
    labels = np.stack([frame.labels for frame in frames[split]])
    shares = 100 * np.bincount(labels.ravel(), minlength=len(CLASSES)) / labels.size
    assert (shares > 0.05).all()
    assert 0.15 < shares[CYCLIST] == shares.min() < 0.3
    assert shares.max() / shares.min() > 100
    assert shares[POLE] < 2


@pytest.mark.parametrize('split', ['train', 'val', 'shift'])
def test_instances_agree_with_labels(frames, split):
    things = [CLASSES.index(name) for name in THING_CLASSES]
    for frame in frames[split]:
        np.testing.assert_array_equal(frame.instances > 0, np.isin(frame.labels, things))
        for instance in np.unique(frame.instances)[1:]:
            assert np.unique(frame.labels[frame.instances == instance]).size == 1


def test_context_of_each_split(frames):
    share = {
        (split, class_id): np.mean(
            [by for frame in frames[split] for by in by_car(frame, class_id)]
        )
        for split in frames
        for class_id in (PERSON, CYCLIST)
    }
    for split in ('train', 'val'):
        assert share[split, CYCLIST] > 0.8
        assert share[split, PERSON] < 0.05
    assert share['shift', CYCLIST] < 0.05
    assert share['shift', PERSON] > 0.3


def test_strength_zero_leaves_no_context():
    frames = [draw_frame(0, 'train', index, context_strength=0.0) for index in range(40)]
    assert np.mean([by for frame in frames for by in by_car(frame, CYCLIST)]) < 0.05


def test_cyclists_and_persons_are_equally_frequent_in_every_split(frames):
    def count(split, class_id):
        return sum(len(by_car(frame, class_id)) for frame in frames[split])

    for class_id in (PERSON, CYCLIST, CAR):
        assert count('shift', class_id) == pytest.approx(count('val', class_id), rel=0.35)


def test_the_wheels_are_all_that_tells_a_cyclist():
    """Without evidence the images of the two are the same but for the label."""
    plain, clear = (draw_frame(0, 'train', 1, evidence=evidence) for evidence in (0.0, 0.9))
    np.testing.assert_array_equal(plain.labels, clear.labels)
    changed = (plain.image != clear.image).any(-1)
    assert changed.any()
    rows, columns = np.nonzero(changed)
    near = np.zeros_like(changed)
    for row, column in np.argwhere(plain.labels == CYCLIST):
        near[max(0, row - 2) : row + 3, max(0, column - 2) : column + 3] = True
    assert near[rows, columns].all()


@pytest.mark.parametrize(
    ('split', 'strength', 'message'),
    [
        ('test', 0.9, 'split must be one of train, val, shift'),
        ('val', 1.5, r'context_strength must lie in \[0, 1\], not 1.5'),
    ],
)
def test_wrong_parameters(split, strength, message):
    with pytest.raises(ValueError, match=message):
        context_rule(split, strength)
