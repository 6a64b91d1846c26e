"""The class-dependence matrix, and the context gap, from counts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmseg_ext.analysis.bias.context_gap import context_gap, resampled_context_gap
from mmseg_ext.analysis.bias.dependence import (
    ClassDependence,
    counts_beside,
    resampled_dependence,
)
from mmseg_ext.evaluation import ClassScores
from mmseg_ext.evaluation.intervals import draw_images


def beside_by_loops(matrices):
    """IoU of every class while another is suppressed, from the matrix without its pixels."""
    classes = len(matrices)
    iou = np.zeros((classes, classes))
    for a in range(classes):
        without = matrices[a].copy()
        without[a] = 0
        iou[a] = ClassScores.from_confusion(without).iou
        iou[a, a] = ClassScores.from_confusion(matrices[a]).iou[a]
    return iou


@given(st.integers(0, 10_000))
def test_counts_leave_out_the_pixels_of_the_suppressed_class(seed):
    matrices = np.random.default_rng(seed).integers(0, 20, (4, 4, 4))
    scores = ClassScores(*np.moveaxis(counts_beside(matrices), -2, 0))
    np.testing.assert_array_equal(scores.iou, beside_by_loops(matrices))


def test_a_hand_made_dependence():
    """Class 2 needs class 1; the pixels of a suppressed class fall to class 0."""
    plain = np.array([[8, 0, 0], [0, 4, 0], [0, 0, 4]])
    while_suppressed = np.array(
        [
            [[0, 4, 4], [0, 4, 0], [0, 0, 4]],
            [[8, 0, 0], [4, 0, 0], [2, 0, 2]],
            [[8, 0, 0], [0, 4, 0], [4, 0, 0]],
        ]
    )
    dependence = ClassDependence(
        counts_beside(np.tile(plain, (3, 1, 1))), counts_beside(while_suppressed)
    )
    np.testing.assert_allclose(dependence.change, [[-1, 0, 0], [8 / 10 - 1, -1, -0.5], [0, 0, -1]])
    np.testing.assert_allclose(dependence.on_itself, [-1, -1, -1])
    np.testing.assert_allclose(dependence.on_others, [0, 0.35, 0])
    assert dependence.off_diagonal == pytest.approx(0.7 / 6)


def test_a_class_without_labels_has_no_change():
    plain = np.tile(np.array([[5, 1, 0], [0, 5, 0], [0, 0, 0]]), (3, 1, 1))
    dependence = ClassDependence(counts_beside(plain), counts_beside(plain))
    assert np.isnan(dependence.change[:, 2]).all()
    assert dependence.off_diagonal == 0


def test_counts_add_up_and_resamples_agree_with_a_loop():
    rng = np.random.default_rng(0)
    plain, suppressed = (counts_beside(rng.integers(1, 30, (12, 3, 3, 3))) for _ in range(2))
    draws = draw_images(12, 5)
    drawn = resampled_dependence(plain, suppressed, draws)
    for index, counts in enumerate(draws):
        chosen = np.repeat(np.arange(12), counts)
        one = ClassDependence(plain[chosen].sum(0), suppressed[chosen].sum(0))
        np.testing.assert_allclose(drawn.change[index], one.change)
        np.testing.assert_allclose(drawn.off_diagonal[index], one.off_diagonal)


def test_context_gap():
    kept = np.tile(np.array([[9, 1], [0, 10]]), (4, 1, 1))
    broken = np.tile(np.array([[9, 1], [10, 0]]), (3, 1, 1))
    gap = context_gap(kept, broken)
    np.testing.assert_allclose(gap.gap, [9 / 10 - 9 / 20, 10 / 11 - 0])
    assert gap.mean_gap == pytest.approx((0.45 + 10 / 11) / 2)
    drawn = resampled_context_gap(
        kept, broken, (draw_images(len(kept), 7), draw_images(len(broken), 7))
    )
    np.testing.assert_allclose(drawn.gap, np.tile(gap.gap, (7, 1)))


def test_a_class_that_one_set_does_not_show_has_no_gap_whether_predicted_there_or_not():
    kept = np.tile(np.diag([100, 100, 50]), (6, 1, 1))
    broken = np.tile(np.diag([100, 100, 0]), (6, 1, 1))
    broken[0, 0] = [99, 0, 1]
    for gap in (context_gap(kept, broken), context_gap(broken, kept)):
        assert np.isnan(gap.gap[2])
        assert abs(gap.mean_gap) < 0.002
    drawn = resampled_context_gap(
        kept, broken, (draw_images(len(kept), 7), draw_images(len(broken), 7))
    )
    assert np.isnan(drawn.gap[:, 2]).all() and (np.abs(drawn.mean_gap) < 0.01).all()


def test_the_context_gap_is_resampled_on_both_sides():
    rng = np.random.default_rng(0)
    kept, broken = (rng.integers(1, 50, (images, 2, 2)) for images in (30, 20))
    loop = []
    for _ in range(3000):
        pair = [each[rng.integers(0, len(each), len(each))] for each in (kept, broken)]
        loop.append(context_gap(*pair).gap[0])
    draws = draw_images(30, 3000), draw_images(20, 3000, seed=1)
    drawn = resampled_context_gap(kept, broken, draws).gap[:, 0]
    np.testing.assert_allclose(
        np.percentile(drawn, [2.5, 50, 97.5]), np.percentile(loop, [2.5, 50, 97.5]), atol=0.01
    )
