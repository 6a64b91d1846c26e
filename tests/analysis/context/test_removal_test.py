"""The removal test on drawn images, with models that are formulas."""

import numpy as np
import pytest
from drawn_streets import CAR, CYCLIST, PERSON, ROAD, ByColour, ByCompany, frames_of, write_street

from mmseg_ext.analysis.context.figures import removal_estimate
from mmseg_ext.analysis.context.removal_test import (
    control_hole,
    plan_removals,
    predicted_removals,
    with_holes,
)
from mmseg_ext.data.transforms.cutouts import Cutout


def test_a_control_hole_lies_within_its_class_wherever_it_can():
    stuff = np.array([
        [0, 1, 1, 0, 0],
        [1, 1, 1, 1, 0],
        [1, 1, 0, 1, 1],
    ], bool)  # fmt: skip
    mask = np.array([[1, 0], [1, 1]], bool)
    rng = np.random.default_rng(0)
    drawn = [control_hole(stuff, Cutout(0, 0, mask), rng) for _ in range(50)]
    assert {(hole.top, hole.left) for hole in drawn} == {(0, 1), (1, 0)}
    assert all(hole.mask is mask for hole in drawn)
    assert control_hole(stuff, Cutout(0, 0, np.ones((3, 3), bool)), rng) is None


def test_holes_are_where_objects_were_and_the_image_stays_as_it_was():
    image = np.full((30, 40, 3), 9, np.uint8)
    image[10:14, 10:14] = 200
    without, where = with_holes(image, [Cutout(10, 10, np.ones((4, 4), bool))])
    assert (without == 9).all() and image.max() == 200
    expected = np.zeros((30, 40), bool)
    expected[9:15, 9:15] = True
    np.testing.assert_array_equal(where, expected)


@pytest.fixture
def removals(tmp_path):
    """Four streets: a cyclist beside a car, and far from both a person."""
    for index in range(4):
        objects = [(CAR, 20, 30, 8, 10), (CYCLIST, 20, 44, 8, 4), (PERSON, 40, 80, 8, 4)]
        write_street(tmp_path, 'shift', f'{index}', objects)
    frames = frames_of(tmp_path, 'test')
    return frames, plan_removals(frames, ROAD, number=3)


def test_as_many_frames_as_asked_for_and_as_many_holes_as_objects(removals):
    frames, plan = removals
    assert [each.label for each in plan] == [CAR] * 3 + [PERSON] * 3 + [CYCLIST] * 3
    for removal in plan:
        labels = frames[removal.frame].labels
        for cutout, control in zip(removal.objects, removal.controls, strict=True):
            height, width = cutout.mask.shape
            box = np.s_[control.top : control.top + height, control.left : control.left + width]
            assert (labels[box] == ROAD).all()


def test_what_hangs_on_cars_changes_without_them(removals):
    frames, plan = removals
    cars = [each for each in plan if each.label == CAR]
    fair = predicted_removals(frames, cars, ByColour())
    assert (fair.changed[:, :, [CYCLIST, PERSON]] == 0).all()
    assert (fair.pixels[:, PERSON] <= 32).all()
    unfair = predicted_removals(frames, cars, ByCompany())
    # The whole cyclist is called person once the car has gone; a hole on the road changes nothing.
    np.testing.assert_array_equal(unfair.changed[:, 0, CYCLIST], unfair.pixels[:, CYCLIST])
    assert (unfair.changed[:, 1, CYCLIST] == 0).all()
    estimate = removal_estimate(unfair.changed[..., CYCLIST], unfair.pixels[:, CYCLIST])
    assert estimate.value == 1 and estimate.interval == (1, 1)


def test_the_control_is_taken_off():
    changed, pixels = np.array([[30, 10], [10, 10]]), np.array([100, 100])
    assert removal_estimate(changed, pixels).value == pytest.approx(0.2 - 0.1)
