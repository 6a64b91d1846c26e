"""Scores and intervals from confusion matrices."""

import numpy as np
import pytest

from mmseg_ext.evaluation import ClassScores, bootstrap_intervals


def test_hand_computed_scores():
    matrix = np.array([[6, 2, 0], [1, 3, 0], [0, 0, 0]])
    scores = ClassScores.from_confusion(matrix)
    np.testing.assert_allclose(scores.iou, [6 / 9, 3 / 6, np.nan])
    np.testing.assert_allclose(scores.accuracy, [6 / 8, 3 / 4, np.nan])
    assert scores.pixel_accuracy == pytest.approx(9 / 12)
    assert scores.mean_iou == pytest.approx((6 / 9 + 3 / 6) / 2)
    assert scores.mean_accuracy == pytest.approx(0.75)


def test_a_class_that_is_predicted_but_never_true_scores_zero_iou_and_no_accuracy():
    scores = ClassScores.from_confusion(np.array([[4, 1], [0, 0]]))
    assert scores.iou[1] == 0
    assert np.isnan(scores.accuracy[1])


def test_a_stack_is_scored_matrix_by_matrix():
    stack = np.random.default_rng(0).integers(0, 9, (4, 3, 3))
    stacked = ClassScores.from_confusion(stack)
    for index, matrix in enumerate(stack):
        np.testing.assert_array_equal(stacked.iou[index], ClassScores.from_confusion(matrix).iou)


def loop_bootstrap(matrices, resamples, seed):
    """The same percentile bootstrap, image by image."""
    rng = np.random.default_rng(seed)
    samples = []
    for _ in range(resamples):
        chosen = rng.integers(0, len(matrices), len(matrices))
        samples.append(ClassScores.from_confusion(matrices[chosen].sum(0)).mean_iou)
    return np.percentile(samples, [2.5, 97.5])


def test_intervals_agree_with_a_loop_over_resampled_images():
    matrices = np.random.default_rng(1).integers(0, 50, (40, 3, 3))
    ends = bootstrap_intervals(matrices, resamples=4000).mean_iou
    np.testing.assert_allclose(ends, loop_bootstrap(matrices, 4000, seed=5), atol=0.002)


def test_the_interval_covers_the_truth_as_often_as_it_says():
    """Per-image accuracy is drawn from a known distribution: 95 % of intervals must hold it."""
    rng = np.random.default_rng(2)
    covered = 0
    for trial in range(200):
        right = rng.binomial(100, rng.beta(8, 2, 60))
        matrices = np.zeros((60, 2, 2), np.int64)
        matrices[:, 0, 0], matrices[:, 0, 1] = right, 100 - right
        low, high = bootstrap_intervals(matrices, 300, seed=trial).iou[:, 0]
        covered += low <= 0.8 <= high
    assert 180 <= covered <= 198


def test_equal_images_give_an_interval_of_no_width_and_absent_classes_none():
    matrices = np.tile(np.array([[5, 1, 0], [2, 4, 0], [0, 0, 0]]), (7, 1, 1))
    intervals = bootstrap_intervals(matrices)
    np.testing.assert_allclose(intervals.iou[0], intervals.iou[1])
    assert np.isnan(intervals.iou[:, 2]).all()


def test_no_image_is_refused():
    with pytest.raises(ValueError, match='N >= 1 images'):
        bootstrap_intervals(np.zeros((0, 3, 3)))
