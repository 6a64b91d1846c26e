"""Scores and intervals from confusion matrices."""

import numpy as np
import pytest
import torch
from mmseg.evaluation import IoUMetric
from sklearn.metrics import confusion_matrix as sklearn_confusion_matrix
from sklearn.metrics import f1_score, jaccard_score, precision_score, recall_score
from torchmetrics.functional.classification import (
    multiclass_confusion_matrix,
    multiclass_f1_score,
    multiclass_jaccard_index,
)

from mmseg_ext.evaluation import ClassScores, confusion_matrix
from mmseg_ext.evaluation.intervals import draw_images, percentile_interval, resampled_scores


def test_hand_computed_scores():
    matrix = np.array([[6, 2, 0], [1, 3, 0], [0, 0, 0]])
    scores = ClassScores.from_confusion(matrix)
    np.testing.assert_allclose(scores.iou, [6 / 9, 3 / 6, np.nan])
    np.testing.assert_allclose(scores.accuracy, [6 / 8, 3 / 4, np.nan])
    np.testing.assert_allclose(scores.precision, [6 / 7, 3 / 5, np.nan])
    np.testing.assert_allclose(scores.f1, [12 / 15, 6 / 9, np.nan])
    assert scores.pixel_accuracy == pytest.approx(9 / 12)
    assert scores.mean_iou == pytest.approx((6 / 9 + 3 / 6) / 2)
    assert scores.mean_accuracy == pytest.approx(0.75)
    assert scores.mean_f1 == pytest.approx((12 / 15 + 6 / 9) / 2)
    assert scores.weighted_iou == pytest.approx(8 / 12 * 6 / 9 + 4 / 12 * 3 / 6)
    assert scores.mean_iou_of([1, 2]) == pytest.approx(3 / 6)
    assert np.isnan(scores.mean_iou_of([2])) and np.isnan(scores.mean_iou_of([]))


def test_a_class_that_is_predicted_but_never_true_scores_zero_iou_and_no_accuracy():
    scores = ClassScores.from_confusion(np.array([[4, 1], [0, 0]]))
    assert scores.iou[1] == scores.precision[1] == scores.f1[1] == 0
    assert np.isnan(scores.accuracy[1])
    assert scores.weighted_iou == pytest.approx(4 / 5)


def random_maps(classes, shape=(60, 80)):
    rng = np.random.default_rng(classes)
    label = rng.integers(0, classes, shape)
    # Mostly right, so that the scores differ from class to class.
    pred = np.where(rng.random(shape) < 0.6, label, rng.integers(0, classes, shape))
    label[:3] = 255
    return pred, label


@pytest.mark.parametrize('classes', [2, 7, 19])
def test_equal_to_scikit_learn_and_torchmetrics(classes):
    pred, label = random_maps(classes)
    scores = ClassScores.from_confusion(confusion_matrix(pred, label, classes))
    kept = label != 255
    reference = dict(
        y_true=label[kept], y_pred=pred[kept], labels=range(classes), average=None, zero_division=0
    )
    np.testing.assert_allclose(scores.iou, jaccard_score(**reference))
    np.testing.assert_allclose(scores.accuracy, recall_score(**reference))
    np.testing.assert_allclose(scores.precision, precision_score(**reference))
    np.testing.assert_allclose(scores.f1, f1_score(**reference))
    weighted = jaccard_score(**{**reference, 'average': 'weighted'})
    assert scores.weighted_iou == pytest.approx(weighted)
    tensors = dict(
        preds=torch.from_numpy(pred), target=torch.from_numpy(label), num_classes=classes,
        ignore_index=255, average='none',
    )  # fmt: skip
    # torchmetrics counts and divides in float32.
    iou, f1 = multiclass_jaccard_index(**tensors), multiclass_f1_score(**tensors)
    np.testing.assert_allclose(scores.iou, iou[:classes].numpy(), rtol=1e-6)
    np.testing.assert_allclose(scores.f1, f1.numpy(), rtol=1e-6)


def assert_equal_to_mmseg(pred, label, classes):
    areas = IoUMetric.intersect_and_union(
        torch.from_numpy(pred), torch.from_numpy(label), classes, 255
    )
    reference = IoUMetric.total_area_to_metrics(*areas, metrics=['mIoU', 'mDice', 'mFscore'])
    scores = ClassScores.from_confusion(confusion_matrix(pred, label, classes))
    for ours, name in (
        (scores.iou, 'IoU'), (scores.accuracy, 'Acc'), (scores.pixel_accuracy, 'aAcc'),
        (scores.precision, 'Precision'), (scores.f1, 'Dice'),
    ):  # fmt: skip
        np.testing.assert_allclose(ours, reference[name], rtol=1e-6, err_msg=name)


def test_equal_to_mmseg_on_random_maps():
    assert_equal_to_mmseg(*random_maps(19), 19)


def test_equal_to_all_of_them_on_real_labels(camvid_root):
    """One frame as the prediction of the next: both have classes that the other lacks."""
    from mmseg_ext.data.labels.camvid import read_camvid_labels

    files = sorted((camvid_root / 'annotations' / 'test').iterdir())[:3]
    maps = [read_camvid_labels(file)[0] for file in files]
    for pred, label in zip(maps, maps[1:], strict=False):
        pred = np.where(pred == 255, 0, pred)
        assert_equal_to_mmseg(pred, label, 11)
        matrix, kept = confusion_matrix(pred, label, 11), label != 255
        reference = sklearn_confusion_matrix(label[kept], pred[kept], labels=range(11))
        np.testing.assert_array_equal(matrix, reference)
        tensors = torch.from_numpy(pred).long(), torch.from_numpy(label).long()
        reference = multiclass_confusion_matrix(*tensors, 11, ignore_index=255)
        np.testing.assert_array_equal(matrix, reference.numpy())


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


def intervals_of(matrices, resamples=1000, seed=0):
    scores = resampled_scores(matrices, draw_images(len(matrices), resamples, seed))
    return percentile_interval(scores.iou), percentile_interval(scores.mean_iou)


def test_intervals_agree_with_a_loop_over_resampled_images():
    matrices = np.random.default_rng(1).integers(0, 50, (40, 3, 3))
    ends = intervals_of(matrices, resamples=4000)[1]
    np.testing.assert_allclose(ends, loop_bootstrap(matrices, 4000, seed=5), atol=0.002)


def rare_class(strays):
    """200 images, three of which show the first class; others are taken for it by strays."""
    matrices = np.zeros((200, 2, 2), np.int64)
    matrices[:, 1, 1], matrices[:, 1, 0] = 100, 0
    matrices[:3, 0, 0], matrices[:3, 0, 1] = (80, 82, 84), (20, 18, 16)
    matrices[10 : 10 + strays, 1] = [1, 99]
    return matrices


@pytest.mark.parametrize('strays', [0, 3])
def test_resamples_without_a_rare_class_do_not_widen_its_interval_or_that_of_the_mean(strays):
    of_classes, of_mean = intervals_of(rare_class(strays))
    assert 0.77 < of_classes[0, 0] < of_classes[1, 0] < 0.85
    assert 0.87 < of_mean[0] < of_mean[1] < 0.93


def test_a_class_that_is_nowhere_labelled_has_0_in_every_resample_if_it_is_predicted():
    matrices = rare_class(3)
    matrices[:3, 0] = 0
    of_classes, of_mean = intervals_of(matrices)
    np.testing.assert_array_equal(of_classes[:, 0], 0)
    assert 0.49 < of_mean[0] < of_mean[1] < 0.51


def test_the_interval_covers_the_truth_as_often_as_it_says():
    """Per-image accuracy is drawn from a known distribution: 95 % of intervals must hold it."""
    rng = np.random.default_rng(2)
    covered = 0
    for trial in range(200):
        right = rng.binomial(100, rng.beta(8, 2, 60))
        matrices = np.zeros((60, 2, 2), np.int64)
        matrices[:, 0, 0], matrices[:, 0, 1] = right, 100 - right
        low, high = intervals_of(matrices, 300, seed=trial)[0][:, 0]
        covered += low <= 0.8 <= high
    assert 180 <= covered <= 198


def test_equal_images_give_an_interval_of_no_width_and_absent_classes_none():
    matrices = np.tile(np.array([[5, 1, 0], [2, 4, 0], [0, 0, 0]]), (7, 1, 1))
    ends, _ = intervals_of(matrices)
    np.testing.assert_allclose(ends[0], ends[1])
    assert np.isnan(ends[:, 2]).all()


def test_no_image_is_refused():
    with pytest.raises(ValueError, match='N >= 1 images'):
        draw_images(0)
