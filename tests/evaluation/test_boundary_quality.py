"""Boundary quality: drawn cases, shifted masks, loops over pixels, laws, and what is refused."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.evaluation import ClassScores, confusion_matrix
from mmseg_ext.evaluation.boundary_band import (
    boundary_band,
    boundary_iou_counts,
    known_maps,
    trimap_counts,
)
from mmseg_ext.evaluation.boundary_match import boundary_f_scores, boundary_match_counts
from mmseg_ext.evaluation.boundary_quality import BoundaryQuality

CLASSES = 4
VOID = 255


def drawn(*rows):
    """A map from its drawing: digits are class ids, a dot is void."""
    return np.array(
        [[VOID if mark == '.' else int(mark) for mark in row] for row in rows], np.uint8
    )


def blobs(seed, shape=(17, 23), void=0.1):
    """A map of smooth random regions, with void in it, and another one like it."""
    rng = np.random.default_rng(seed)
    grids = rng.integers(0, CLASSES, (2, 5, 6)).astype(np.uint8)
    pred, label = (cv2.resize(grid, shape[::-1], interpolation=cv2.INTER_NEAREST) for grid in grids)
    agree = rng.random(shape) < 0.7
    pred[agree] = label[agree]
    label[rng.random(shape) < void] = VOID
    return pred, label


@pytest.mark.parametrize(
    ('radius', 'expected'),
    [
        (1, ['0000000', '0000111', '1100111', '1000110']),
        (2, ['0001111', '1111111', '1111111', '1011111']),
    ],
)
def test_drawn_bands(radius, expected):
    """Neither the border of the image nor the two pixels of void make a boundary."""
    ids = drawn('0.00000', '0000000', '0000011', '2.00011')
    np.testing.assert_array_equal(boundary_band(ids, radius), drawn(*expected))


def test_void_makes_no_boundary_and_hides_none():
    np.testing.assert_array_equal(boundary_band(drawn('000...000'), 3), np.zeros((1, 9), bool))
    np.testing.assert_array_equal(
        boundary_band(drawn('0000.1111'), 3), [[0, 0, 1, 1, 0, 1, 1, 0, 0]]
    )


def test_hand_drawn_counts():
    label = drawn('00011', '00011', '0001.')
    pred = drawn('00111', '00011', '00110')
    # Pixels that touch the other class:   label ..01.   pred .011.
    #                                            ..01.        .001.
    #                                            ..01         .011
    maps = known_maps(pred, label, 2)
    np.testing.assert_array_equal(boundary_iou_counts(*maps, 2, 1), [[1, 3], [3, 3], [4, 5]])
    np.testing.assert_array_equal(trimap_counts(*maps, 2, 1), [[1, 3], [3, 3], [1, 5]])
    np.testing.assert_array_equal(
        boundary_match_counts(*maps, 2, 1), [[4, 5], [4, 5], [3, 3], [3, 3]]
    )


def half_planes(shift, size=20, middle=10):
    """Left half 0, right half 1; predicted with the boundary shifted to the right."""
    label = np.zeros((6, size), np.uint8)
    label[:, middle:] = 1
    pred = np.zeros_like(label)
    pred[:, middle + shift :] = 1
    return pred, label


@pytest.mark.parametrize('shift', [0, 1, 2, 3, 5])
def test_a_shifted_boundary_scores_what_geometry_says(shift):
    quality = BoundaryQuality(iou_width=4, trimap_widths=[3, 6], tolerance=2)
    pred, label = half_planes(shift)
    scores = quality.score(quality.count(pred, label, 2))
    overlap, union = max(0, 4 - shift), 4 + min(shift, 4)
    np.testing.assert_allclose(scores.boundary_iou, [overlap / union] * 2)
    for index, width in enumerate((3, 6)):
        wrong = min(shift, width)
        np.testing.assert_allclose(
            scores.trimap_iou[index], [width / (width + wrong), (width - wrong) / width]
        )
    np.testing.assert_allclose(scores.f_score, [float(shift <= 2)] * 2)


def test_a_shifted_square_has_the_boundary_iou_of_two_shifted_rings():
    label = np.zeros((60, 60), np.uint8)
    label[20:40, 20:40] = 1
    pred = np.roll(label, 3, axis=1)
    counts = boundary_iou_counts(pred, label, 2, 5)
    # Rings of 20x20 without their 10x10 core, 3 apart: the part of one that is in the other.
    both = 20 * 17 - 2 * 10 * 10 + 10 * 7
    np.testing.assert_array_equal(counts[:, 1], [both, 300, 300])


def band_by_loops(ids, radius):
    height, width = ids.shape
    band = np.zeros(ids.shape, bool)
    for y, x in np.ndindex(ids.shape):
        near = [
            ids[v, u]
            for v in range(max(0, y - radius), min(height, y + radius + 1))
            for u in range(max(0, x - radius), min(width, x + radius + 1))
        ]
        band[y, x] = ids[y, x] != VOID and any(i not in (ids[y, x], VOID) for i in near)
    return band


def iou_counts_by_loops(pred, label, inside):
    """`inside` gives the bands of the prediction and of the label."""
    counts = np.zeros((3, CLASSES), np.int64)
    for c in range(CLASSES):
        ours, theirs = (pred == c) & inside[0], (label == c) & inside[1]
        counts[:, c] = (ours & theirs).sum(), theirs.sum(), ours.sum()
    return counts


def matches_by_loops(pred, label, tolerance):
    counts = np.zeros((4, CLASSES), np.int64)
    bands = [band_by_loops(ids, 1) for ids in (pred, label)]
    for c in range(CLASSES):
        predicted, true = (
            np.argwhere(band & (ids == c)) for band, ids in zip(bands, (pred, label), strict=True)
        )
        for row, (ours, theirs) in ((0, (predicted, true)), (2, (true, predicted))):
            counts[row, c] = sum(any(np.hypot(*(p - q)) <= tolerance for q in theirs) for p in ours)
            counts[row + 1, c] = len(ours)
    return counts


@pytest.mark.parametrize('seed', range(4))
@pytest.mark.parametrize('radius', [1, 3])
def test_equal_to_loops_over_pixels(seed, radius):
    pred, label = known_maps(*blobs(seed), CLASSES)
    bands = [band_by_loops(ids, radius) for ids in (pred, label)]
    for ids, band in zip((pred, label), bands, strict=True):
        np.testing.assert_array_equal(boundary_band(ids, radius), band)
    np.testing.assert_array_equal(
        boundary_iou_counts(pred, label, CLASSES, radius), iou_counts_by_loops(pred, label, bands)
    )
    everywhere = np.ones_like(bands[0])
    near = np.where(bands[1], label, VOID)
    np.testing.assert_array_equal(
        trimap_counts(pred, label, CLASSES, radius),
        iou_counts_by_loops(np.where(bands[1], pred, VOID), near, [everywhere] * 2),
    )
    np.testing.assert_array_equal(
        boundary_match_counts(pred, label, CLASSES, radius), matches_by_loops(pred, label, radius)
    )


@pytest.mark.parametrize('radius', [1, 2, 5])
def test_boundary_iou_is_that_of_the_mask_minus_its_erosion(radius):
    """By repeated 3x3 erosions class by class, as the paper's code does it."""
    pred, label = known_maps(*blobs(9, (40, 50), void=0), CLASSES)
    expected = np.zeros((3, CLASSES), np.int64)
    for c in range(CLASSES):
        edges = []
        for ids in (pred, label):
            mask = (ids == c).astype(np.uint8)
            edges.append(mask - cv2.erode(mask, np.ones((3, 3), np.uint8), iterations=radius))
        expected[:, c] = (edges[0] & edges[1]).sum(), edges[1].sum(), edges[0].sum()
    np.testing.assert_array_equal(boundary_iou_counts(pred, label, CLASSES, radius), expected)


QUALITY = BoundaryQuality(iou_width=2, trimap_widths=[1, 3], tolerance=2)
maps = st.builds(blobs, st.integers(0, 10_000), void=st.floats(0, 0.9))


@given(maps)
def test_a_perfect_prediction_is_perfect(both):
    label = both[1]
    pred = np.where(label == VOID, np.uint8(3), label)
    scores = QUALITY.score(QUALITY.count(pred, label, CLASSES))
    for values in (scores.boundary_iou, scores.trimap_iou, scores.f_score):
        assert (np.isnan(values) | (values == 1)).all()


@given(maps, st.sampled_from([(slice(None, None, -1),), (slice(None), slice(None, None, -1))]))
def test_flipping_both_changes_nothing(both, flip):
    pred, label = both
    np.testing.assert_array_equal(
        QUALITY.count(pred, label, CLASSES), QUALITY.count(pred[flip], label[flip], CLASSES)
    )


@given(maps, st.permutations(range(CLASSES)))
def test_renaming_the_classes_renames_the_counts(both, names):
    lookup = np.arange(256, dtype=np.uint8)
    lookup[:CLASSES] = names
    renamed = QUALITY.count(lookup[both[0]], lookup[both[1]], CLASSES)
    np.testing.assert_array_equal(renamed[:, names], QUALITY.count(*both, CLASSES))


@given(st.integers(0, 10_000))
def test_boundary_iou_and_f_are_symmetric(seed):
    pred, label = blobs(seed, void=0)
    one, other = (
        QUALITY.score(QUALITY.count(*pair, CLASSES)) for pair in ((pred, label), (label, pred))
    )
    np.testing.assert_array_equal(one.boundary_iou, other.boundary_iou)
    np.testing.assert_allclose(one.f_score, other.f_score, rtol=1e-15)
    np.testing.assert_array_equal(one.precision, other.recall)


@given(maps, st.integers(0, 10_000))
def test_what_is_predicted_on_ignored_pixels_changes_nothing(both, seed):
    pred, label = both
    other = np.random.default_rng(seed).integers(-5, 300, pred.shape)
    other[label != VOID] = pred[label != VOID]
    np.testing.assert_array_equal(
        QUALITY.count(pred, label, CLASSES), QUALITY.count(other, label, CLASSES)
    )


def test_a_trimap_as_wide_as_the_image_is_the_whole_image():
    pred, label = known_maps(*blobs(3), CLASSES)
    counts = trimap_counts(pred, label, CLASSES, 40)
    np.testing.assert_array_equal(
        ClassScores(*counts).iou,
        ClassScores.from_confusion(confusion_matrix(pred, label, CLASSES)).iou,
    )


def test_f_scores_by_hand():
    counts = np.array([[3, 0, 0, 0], [4, 0, 5, 0], [1, 0, 0, 0], [2, 6, 0, 0]])
    precision, recall, f_score = boundary_f_scores(counts)
    np.testing.assert_allclose(precision, [0.75, np.nan, 0, np.nan])
    np.testing.assert_allclose(recall, [0.5, 0, np.nan, np.nan])
    np.testing.assert_allclose(f_score, [0.6, 0, 0, np.nan])


def test_counts_add_up_and_means_leave_absent_classes_out():
    first, second = (QUALITY.count(*blobs(seed), CLASSES + 1) for seed in (1, 2))
    assert first.dtype == np.int64
    scores = QUALITY.score(first + second)
    stacked = QUALITY.score(np.stack([first, first + second]))
    np.testing.assert_array_equal(stacked.trimap_iou[1], scores.trimap_iou)
    np.testing.assert_array_equal(stacked.f_score[1], scores.f_score)
    named = scores.named('abcde', QUALITY.trimap_widths)
    for name in ('BoundaryIoU', 'TrimapIoU_1px', 'TrimapIoU_3px', 'BoundaryF'):
        present = [named[f'{name}/{label}'] for label in 'abcd']
        assert named[f'm{name}'] == pytest.approx(np.mean(present))
        assert np.isnan(named[f'{name}/e'])
    assert named['TrimapIoU_3px/b'] == scores.trimap_iou[1, 1]
    assert named['BoundaryRecall/c'] == scores.recall[2]


def test_widths_as_fractions_of_the_diagonal():
    pred, label = blobs(5, (30, 40))
    fractions = BoundaryQuality(iou_width=0.06, trimap_widths=[0.001, 0.1], tolerance=0.05)
    pixels = BoundaryQuality(iou_width=3, trimap_widths=[1, 5], tolerance=2)
    np.testing.assert_array_equal(
        fractions.count(pred, label, CLASSES), pixels.count(pred, label, CLASSES)
    )
    assert fractions.settings == dict(iou_width=0.06, trimap_widths=[0.001, 0.1], tolerance=0.05)


@pytest.mark.parametrize(
    ('argument', 'value'),
    [('iou_width', 0), ('iou_width', 1.5), ('trimap_widths', [2, -1]), ('trimap_widths', []),
     ('trimap_widths', 3), ('tolerance', '2')],
)  # fmt: skip
def test_a_width_that_is_none_is_refused(argument, value):
    with pytest.raises(ConfigError, match=rf'boundary\.{argument}'):
        BoundaryQuality(**{argument: value})


@pytest.mark.parametrize(
    ('pred', 'label', 'classes', 'message'),
    [
        ([[0, 7]], [[0, 0]], 3, r'predicted ids from 0 to 7, allowed are 0\.\.2'),
        ([[0, 0]], [[0, -1]], 3, r'label ids from -1 to 0, allowed are 0\.\.2'),
        ([[0, 0]], [[0]], 3, r'one size, got \(1, 2\) and \(1, 1\)'),
        ([[0]], [[0]], 255, 'num_classes must be 1 to 254, got 255'),
    ],
)
def test_maps_that_do_not_fit_are_refused(pred, label, classes, message):
    with pytest.raises(ValueError, match=message):
        QUALITY.count(np.array(pred), np.array(label), classes)
