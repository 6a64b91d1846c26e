"""Rings around drawn objects."""

import numpy as np
import pytest

from mmseg_ext.evaluation.context.ring import ring_counts, ring_difference


def count(labels, mask, top, left):
    counts = ring_counts(labels, mask, top, left)
    return {int(label): int(counts[label]) for label in np.flatnonzero(counts)}


def test_a_ring_is_ten_pixels_wide_on_all_sides():
    labels = np.full((40, 50), 3, np.uint8)
    labels[:, 25:] = 4
    labels[15, 20:24] = 7
    # A bar of 1 by 4 pixels: 21 by 24 pixels around it, less its own four.
    expected = {3: 21 * (25 - 10) - 4, 4: 21 * (34 - 25)}
    assert count(labels, np.ones((1, 4), bool), 15, 20) == expected


def test_it_ends_at_the_frame_and_leaves_out_ignored_pixels():
    labels = np.full((8, 9), 2, np.uint8)
    labels[7] = 255
    labels[1, 1] = 5
    assert count(labels, np.ones((1, 1), bool), 1, 1) == {2: 7 * 9 - 1}


def test_holes_of_the_object_belong_to_its_ring():
    labels = np.full((30, 40), 1, np.uint8)
    mask = np.ones((3, 3), bool)
    mask[1, 1] = False
    labels[14:17, 20:23][mask] = 9
    labels[15, 21] = 6
    assert count(labels, mask, 14, 20) == {1: 23 * 23 - 9, 6: 1}


def test_two_objects_of_one_class_are_around_each_other():
    labels = np.full((30, 40), 1, np.uint8)
    labels[10, 10] = labels[10, 13] = 9
    assert count(labels, np.ones((1, 1), bool), 10, 10) == {1: 21 * 21 - 2, 9: 1}


@pytest.mark.parametrize(('first', 'second', 'expected'), [
    ([6, 4, 0], [6, 4, 0], 0.0),
    ([6, 4, 0], [3, 2, 0], 0.0),
    ([1, 1, 0], [1, 0, 0], 0.5),
    ([1, 0, 0], [0, 1, 1], 1.0),
    ([0, 0, 0], [0, 0, 0], 1.0),
])  # fmt: skip
def test_surroundings_differ_by_the_shares_that_differ(first, second, expected):
    assert ring_difference(np.array(first), np.array(second)) == pytest.approx(expected)
