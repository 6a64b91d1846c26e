"""Laws that hold for every map."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.testing import assert_allclose, assert_array_equal

from mmseg_ext.boundary.targets import distance_levels, distance_map, edge_map, semantic_contour

THINGS = (1, 2)


@st.composite
def maps(draw):
    shape = draw(array_shapes(min_dims=2, max_dims=2, max_side=9))
    labels = draw(arrays(np.uint8, shape, elements=st.sampled_from([0, 1, 1, 2, 255])))
    instances = draw(arrays(np.int32, shape, elements=st.integers(0, 3)))
    return labels, draw(st.sampled_from([instances, None]))


def targets(labels, instances, things=THINGS, thickness=2):
    edges = edge_map(labels, instances, thickness)
    return [
        edges,
        semantic_contour(labels, edges, 9),
        distance_levels(labels, instances, things),
        distance_map(labels, instances, things),
    ]


@settings(max_examples=60)
@given(maps(), st.sampled_from([np.fliplr, np.flipud, np.transpose]), st.sampled_from([2, 4]))
def test_flips_and_transposition_commute(case, move, thickness):
    labels, instances = case
    moved = targets(
        move(labels), None if instances is None else move(instances), thickness=thickness
    )
    *still, distances = targets(labels, instances, thickness=thickness)
    for after, before in zip(moved[:-1], still, strict=True):
        assert_array_equal(after, move(before))
    # These are not the same to the last bit of float32 at every call, even of the same map.
    assert_allclose(moved[-1], move(distances), rtol=4e-7)


@settings(max_examples=60)
@given(maps(), st.permutations(range(9)), st.permutations(range(1, 60)))
def test_only_the_difference_of_ids_matters(case, classes, ids):
    labels, instances = case
    renamed = np.append(np.array(classes, np.uint8), np.full(247, 255, np.uint8))[labels]
    others = None if instances is None else np.array([0, *ids])[instances]
    things = [classes[c] for c in THINGS]
    new, old = targets(renamed, others, things), targets(labels, instances)
    assert_array_equal(new[0], old[0])
    assert_array_equal(new[2], old[2])
    assert_array_equal(new[3], old[3])


@settings(max_examples=60)
@given(maps(), st.integers(0, 4), st.integers(0, 4), st.integers(0, 4), st.integers(0, 4))
def test_translation_in_a_stuff_frame(case, top, left, bottom, right):
    """A frame of stuff wide enough to be every instance's outside: then position is all that
    a shift changes."""
    labels, instances = case
    labels = np.pad(labels, 1)
    instances = None if instances is None else np.pad(instances, 1)
    shift = ((top, bottom), (left, right))
    shifted = targets(
        np.pad(labels, shift), None if instances is None else np.pad(instances, shift)
    )
    window = np.s_[top : top + labels.shape[0], left : left + labels.shape[1]]
    for after, before in zip(shifted, targets(labels, instances), strict=True):
        assert_array_equal(after[window], before)


@settings(max_examples=60)
@given(maps(), st.integers(1, 9))
def test_levels_are_the_quantised_map(case, levels):
    labels, instances = case
    fraction = distance_map(labels, instances, THINGS).astype(float)
    target = distance_levels(labels, instances, THINGS, levels)
    assert_array_equal(target == 255, fraction == -1)
    known = target != 255
    assert_allclose(target[known], np.ceil(levels * fraction[known] - 1e-4))
    assert ((fraction[known] >= 0) & (fraction[known] <= 1)).all()


@settings(max_examples=60)
@given(maps())
def test_contour_lies_on_the_edges(case):
    edges, contour, *_ = targets(*case)
    assert_array_equal(contour < 9, edges == 1)
    assert_array_equal(contour == 255, case[0] == 255)
