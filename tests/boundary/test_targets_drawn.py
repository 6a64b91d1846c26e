"""Hand-drawn maps with the expected target visible."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from mmseg_ext.boundary.targets import (
    distance_levels,
    distance_map,
    edge_map,
    semantic_contour,
)

LABELS = np.array(
    [
        [0, 0, 0, 0, 0, 0],
        [0, 1, 1, 1, 0, 255],
        [0, 1, 1, 1, 0, 255],
        [0, 1, 1, 1, 0, 2],
        [0, 0, 0, 0, 0, 2],
    ],
    np.uint8,
)


def test_edge_and_contour():
    edges = edge_map(LABELS)
    assert_array_equal(
        edges,
        [
            [0, 1, 1, 1, 0, 0],
            [1, 1, 1, 1, 1, 255],
            [1, 1, 0, 1, 1, 255],
            [1, 1, 1, 1, 1, 1],
            [0, 1, 1, 1, 1, 1],
        ],
    )
    assert edges.dtype == np.uint8
    contour = semantic_contour(LABELS, edges, 3)
    assert_array_equal(
        contour,
        [
            [3, 0, 0, 0, 3, 3],
            [0, 1, 1, 1, 0, 255],
            [0, 1, 3, 1, 0, 255],
            [0, 1, 1, 1, 0, 2],
            [3, 0, 0, 0, 0, 2],
        ],
    )
    assert contour.dtype == np.uint8


@pytest.mark.parametrize(
    ('thickness', 'expected'),
    [
        (1, [0, 0, 0, 1, 0, 0, 0, 0]),
        (2, [0, 0, 0, 1, 1, 0, 0, 0]),
        (3, [0, 0, 1, 1, 1, 0, 0, 0]),
        (4, [0, 0, 1, 1, 1, 1, 0, 0]),
        (5, [0, 1, 1, 1, 1, 1, 0, 0]),
        (6, [0, 1, 1, 1, 1, 1, 1, 0]),
    ],
)
def test_thickness(thickness, expected):
    labels = np.array([[0, 0, 0, 0, 1, 1, 1, 1]])
    assert_array_equal(edge_map(labels, thickness=thickness), [expected])
    assert_array_equal(edge_map(labels.T, thickness=thickness)[:, 0], expected)


def test_edges_do_not_grow_through_ignored_pixels():
    assert_array_equal(edge_map(np.array([[0, 1, 255, 1, 1]]), thickness=6), [[1, 1, 255, 0, 0]])


def test_instances_of_one_class_have_an_edge_between_them():
    assert_array_equal(edge_map(np.ones((1, 4), int), np.array([[1, 1, 2, 2]])), [[0, 1, 1, 0]])


def test_distance_levels():
    assert_array_equal(
        distance_levels(LABELS, thing_classes=[1], levels=2),
        [
            [0, 0, 0, 0, 0, 0],
            [0, 1, 1, 1, 0, 255],
            [0, 1, 2, 1, 0, 255],
            [0, 1, 1, 1, 0, 0],
            [0, 0, 0, 0, 0, 0],
        ],
    )


def test_crop_border_is_not_an_outside():
    labels = np.array([[1, 1, 1, 0]])
    assert_allclose(distance_map(labels, thing_classes=[1]), [[1, 2 / 3, 1 / 3, 0]], atol=1e-6)
    assert_array_equal(distance_levels(labels, thing_classes=[1], levels=3), [[3, 2, 1, 0]])


def test_touching_instances_are_outside_of_each_other():
    ids = np.array([[1, 1, 1, 2, 2, 2]])
    assert_array_equal(
        distance_levels(np.ones((1, 6), int), ids, [1], levels=3), [[3, 2, 1, 1, 2, 3]]
    )


def test_ignored_hole_is_outside_and_unknown():
    labels = np.array([[0, 1, 1, 255, 1, 1, 0]])
    assert_array_equal(
        distance_levels(labels, thing_classes=[1], levels=5), [[0, 5, 5, 255, 5, 5, 0]]
    )


def test_one_pixel_instance_is_its_own_maximum():
    assert_array_equal(
        distance_levels(np.array([[0, 1, 0]])[:, 0:3], thing_classes=[1]), [[0, 5, 0]]
    )


def test_no_outside_in_sight_is_unknown():
    filled = np.ones((3, 4), np.uint8)
    assert (distance_levels(filled, thing_classes=[1]) == 255).all()
    assert (distance_map(filled, thing_classes=[1]) == -1).all()
    assert (edge_map(filled) == 0).all()


def test_thing_without_an_instance_is_unknown():
    labels, ids = np.array([[1, 1, 0]]), np.array([[7, 0, 0]])
    assert_array_equal(distance_levels(labels, ids, [1]), [[5, 255, 0]])
    assert_array_equal(distance_levels(labels, ids), [[5, 0, 0]])


def test_padding_by_rotation_makes_no_instance():
    """RandomRotate fills labels and instances alike with 255."""
    labels, ids = np.array([[255, 255, 0, 1, 0]]), np.array([[255, 255, 0, 255, 0]])
    assert_array_equal(distance_levels(labels, ids, [1]), [[255, 255, 0, 5, 0]])
    assert_array_equal(edge_map(labels, ids), [[255, 255, 1, 1, 1]])


def test_all_ignored():
    void = np.full((3, 3), 255)
    assert (edge_map(void) == 255).all()
    assert (semantic_contour(void, edge_map(void), 3) == 255).all()
    assert (distance_levels(void) == 255).all()
    assert (distance_map(void) == -1).all()


@pytest.mark.parametrize(
    ('call', 'message'),
    [
        (lambda: edge_map(np.zeros((2, 2, 3), int)), r'\(H, W\) map, got shape \(2, 2, 3\)'),
        (lambda: edge_map(np.zeros((0, 2), int)), 'non-empty'),
        (lambda: edge_map(np.zeros((2, 2))), 'integers, got dtype float64'),
        (lambda: edge_map(np.full((2, 2), 300)), '0..255, got ids from 300 to 300'),
        (lambda: edge_map(LABELS, thickness=0), 'thickness must be at least 1 pixel, got 0'),
        (lambda: edge_map(LABELS, LABELS[1:]), r'\(4, 6\) do not fit labels of shape \(5, 6\)'),
        (lambda: edge_map(LABELS, -LABELS.astype(int)), 'negative, got -255'),
        (lambda: edge_map(LABELS, ignore_index=-1), 'ignore_index must lie in 0..255'),
        (lambda: semantic_contour(LABELS, LABELS[1:], 3), 'do not fit'),
        (lambda: semantic_contour(LABELS, LABELS, 2), r'id 2, allowed are 0..1 and 255'),
        (lambda: semantic_contour(LABELS, LABELS, 255), 'num_classes must lie in 1..254'),
        (lambda: distance_levels(LABELS, levels=0), 'levels must lie in 1..254, got 0'),
        (lambda: distance_levels(LABELS, thing_classes=[255]), 'thing_classes'),
    ],
)
def test_wrong_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
