"""Every pixel of every target equals a slow reference on small maps.

The references loop over pixels, compare integers only and use no OpenCV.
"""

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from mmseg_ext.boundary.targets import (
    distance_levels,
    distance_map,
    edge_map,
    semantic_contour,
)


def slow_edges(labels, instances=None, thickness=2, ignore_index=255):
    """Every labelled pixel within thickness/2 labelled 4-steps of the other side (even only)."""
    height, width = labels.shape
    ids = np.zeros_like(labels) if instances is None else instances

    def neighbours(pixels):
        for y, x in pixels:
            for v, u in ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)):
                if 0 <= v < height and 0 <= u < width and labels[v, u] != ignore_index:
                    yield (y, x), (v, u)

    labelled = [p for p in np.ndindex(labels.shape) if labels[p] != ignore_index]
    found = {p for p, q in neighbours(labelled) if (labels[p], ids[p]) != (labels[q], ids[q])}
    for _ in range(thickness // 2 - 1):
        found |= {q for _, q in neighbours(found)}
    target = np.where(labels == ignore_index, 255, 0)
    for pixel in found:
        target[pixel] = 1
    return target


def flood_fill(labels, thing_classes, ignore_index=255):
    """Flood fill over the 8 neighbours."""
    numbers = np.zeros(labels.shape, int)
    for start in np.ndindex(labels.shape):
        if (
            numbers[start]
            or labels[start] == ignore_index
            or (thing_classes is not None and labels[start] not in thing_classes)
        ):
            continue
        stack, number = [start], numbers.max() + 1
        while stack:
            pixel = stack.pop()
            inside = all(0 <= p < n for p, n in zip(pixel, labels.shape, strict=True))
            if inside and not numbers[pixel] and labels[pixel] == labels[start]:
                numbers[pixel] = number
                stack += [
                    (pixel[0] + v, pixel[1] + u) for v, u in itertools.product((-1, 0, 1), repeat=2)
                ]
    return numbers


def slow_squares(labels, instances, thing_classes, ignore_index=255):
    """Return (d², max d² of the instance), 0 on stuff, -1 where unknown; all integers."""
    if instances is None:
        instances = flood_fill(labels, thing_classes, ignore_index)
    squares, farthest = np.zeros((2, *labels.shape), int)
    members = {}
    for pixel in np.ndindex(labels.shape):
        thing = thing_classes is None or labels[pixel] in thing_classes
        if labels[pixel] == ignore_index or (
            thing and instances[pixel] == 0 and thing_classes is not None
        ):
            squares[pixel] = -1
        elif thing and instances[pixel]:
            members.setdefault((int(labels[pixel]), int(instances[pixel])), []).append(pixel)
    for pixels in members.values():
        outside = [p for p in np.ndindex(labels.shape) if p not in set(pixels)]
        for y, x in pixels:
            squares[y, x] = min(((y - v) ** 2 + (x - u) ** 2 for v, u in outside), default=-1)
        for pixel in pixels:
            farthest[pixel] = max(squares[p] for p in pixels)
    return squares, farthest


def slow_levels(labels, instances=None, thing_classes=None, count=5):
    """The smallest k with k·max >= count·d, compared on squares."""
    squares, farthest = slow_squares(labels, instances, thing_classes)
    target = np.zeros(labels.shape, int)
    for pixel in np.ndindex(labels.shape):
        if squares[pixel] < 0:
            target[pixel] = 255
        while squares[pixel] > 0 and (
            target[pixel] ** 2 * farthest[pixel] < count**2 * squares[pixel]
        ):
            target[pixel] += 1
    return target


def slow_fractions(labels, instances=None, thing_classes=None):
    """d / max d in float64."""
    squares, farthest = slow_squares(labels, instances, thing_classes)
    target = np.sqrt(np.maximum(squares, 0) / np.maximum(farthest, 1))
    target[squares < 0] = -1
    return target


def random_maps(seed, shape=None):
    """Blocky maps: touching instances of one class, single pixels, cut instances, holes."""
    rng = np.random.default_rng(seed)
    shape = shape or rng.integers(1, 13, 2)
    labels = np.zeros(shape, np.uint8)
    instances = np.zeros(shape, np.int32)
    for _ in range(rng.integers(0, 9)):
        y, x = rng.integers(-3, shape[0]), rng.integers(-3, shape[1])
        window = np.s_[
            max(y, 0) : max(y + rng.integers(1, 9), 0), max(x, 0) : max(x + rng.integers(1, 9), 0)
        ]
        labels[window], instances[window] = rng.integers(0, 4), rng.choice([0, 1, 2, 255, 26007])
    speckle = rng.random(shape)
    labels[speckle < 0.04] = 255
    labels[speckle > 0.97] = 2
    return labels, instances


@pytest.mark.parametrize('seed', range(40))
@pytest.mark.parametrize('with_instances', [True, False])
@pytest.mark.parametrize('things', [(1, 2), None])
def test_equal_to_brute_force(seed, with_instances, things):
    labels, instances = random_maps(seed)
    instances = instances if with_instances else None
    count = 1 + seed % 7
    thickness = 2 + 2 * (seed % 3)
    assert_array_equal(
        edge_map(labels, instances, thickness), slow_edges(labels, instances, thickness)
    )
    assert_array_equal(
        distance_levels(labels, instances, things, count),
        slow_levels(labels, instances, things, count),
    )
    assert_allclose(
        distance_map(labels, instances, things),
        slow_fractions(labels, instances, things),
        atol=1e-6,
    )


@pytest.mark.parametrize('seed', range(4))
def test_any_integer_layout_gives_the_same(seed):
    labels, instances = random_maps(seed, (9, 11))
    expected = (
        edge_map(labels, instances),
        distance_levels(labels, instances, (1, 2)),
        distance_map(labels, None, (1, 2)),
    )
    wide_labels, wide_instances = np.zeros((2, 18, 33), np.int64)
    wide_labels[::2, ::3], wide_instances[::2, ::3] = labels, instances
    for other, ids in (
        (wide_labels[::2, ::3], wide_instances[::2, ::3]),
        (np.asfortranarray(labels), instances.astype(np.uint16)),
        (labels.astype(np.int32), np.asfortranarray(instances)),
    ):
        before = other.copy()
        assert_array_equal(edge_map(other, ids), expected[0])
        assert_array_equal(distance_levels(other, ids, (1, 2)), expected[1])
        assert_array_equal(distance_map(other, None, (1, 2)), expected[2])
        assert_array_equal(
            semantic_contour(other, expected[0], 4), semantic_contour(labels, expected[0], 4)
        )
        assert_array_equal(other, before)


def test_large_instances_quantise_exactly():
    """Where level · max equals levels · d exactly, float rounding must not lift the level."""
    labels = np.zeros((410, 410), np.uint8)
    labels[5:405, 5:405] = 1
    row = distance_levels(labels, thing_classes=(1,), levels=5)[205, 5:205]
    assert_array_equal(row, np.repeat([1, 2, 3, 4, 5], 40))
