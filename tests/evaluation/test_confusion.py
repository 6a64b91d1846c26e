"""The confusion matrix: hand-drawn cases, other implementations, and what it refuses."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from mmseg.evaluation import IoUMetric
from sklearn.metrics import confusion_matrix as sklearn_confusion_matrix
from torchmetrics.functional.classification import multiclass_confusion_matrix

from mmseg_ext.evaluation import confusion_matrix
from mmseg_ext.models.device_confusion import count_confusion


def random_maps(seed=0, shape=(37, 53), num_classes=5, ignored=0.2):
    rng = np.random.default_rng(seed)
    label = rng.integers(0, num_classes, shape).astype(np.uint8)
    label[rng.random(shape) < ignored] = 255
    return rng.integers(0, num_classes, shape).astype(np.uint8), label


def test_hand_drawn_map():
    label = np.array([[0, 0, 1], [1, 255, 2]], np.uint8)
    pred = np.array([[0, 1, 1], [1, 2, 0]], np.uint8)
    expected = [[1, 1, 0], [0, 2, 0], [1, 0, 0]]
    np.testing.assert_array_equal(confusion_matrix(pred, label, 3), expected)


@pytest.mark.parametrize('dtype', [np.uint8, np.int32, np.int64])
def test_equals_scikit_learn_and_torchmetrics(dtype):
    pred, label = random_maps()
    matrix = confusion_matrix(pred.astype(dtype), label.astype(dtype), 5)
    counted = label != 255
    np.testing.assert_array_equal(
        matrix, sklearn_confusion_matrix(label[counted], pred[counted], labels=range(5))
    )
    torchmetrics = multiclass_confusion_matrix(
        torch.from_numpy(pred).long(), torch.from_numpy(label).long(), 5, ignore_index=255
    )
    np.testing.assert_array_equal(matrix, torchmetrics.numpy())
    assert matrix.dtype == np.int64


def test_equals_the_areas_of_mmseg():
    pred, label = random_maps(num_classes=19, shape=(64, 128))
    matrix = confusion_matrix(pred, label, 19)
    intersect, union, area_pred, area_label = IoUMetric.intersect_and_union(
        torch.from_numpy(pred), torch.from_numpy(label), 19, 255
    )
    np.testing.assert_array_equal(np.diag(matrix), intersect.numpy())
    np.testing.assert_array_equal(matrix.sum(0), area_pred.numpy())
    np.testing.assert_array_equal(matrix.sum(1), area_label.numpy())
    np.testing.assert_array_equal(matrix.sum(0) + matrix.sum(1) - np.diag(matrix), union.numpy())


def test_counts_beyond_the_exact_range_of_float32():
    label = np.zeros((4097, 4099), np.uint8)
    assert label.size > 2**24
    assert confusion_matrix(label, label, 2)[0, 0] == label.size


def test_strided_arrays_count_the_same():
    pred, label = random_maps()
    expected = confusion_matrix(pred, label, 5)
    np.testing.assert_array_equal(confusion_matrix(pred.T, label.T, 5), expected)


@given(seed=st.integers(0, 10_000), num_classes=st.integers(1, 255), ignored=st.floats(0, 1))
def test_totals_are_the_labelled_pixels(seed, num_classes, ignored):
    pred, label = random_maps(seed, (7, 9), num_classes, ignored)
    matrix = confusion_matrix(pred, label, num_classes)
    assert matrix.sum() == (label != 255).sum()
    np.testing.assert_array_equal(
        matrix.sum(1), np.bincount(label[label != 255], minlength=num_classes)
    )


@pytest.mark.parametrize(
    ('pred', 'label', 'message'),
    [
        ([[0, 7]], [[0, 0]], r'predicted ids \[7\] outside 0..2'),
        ([[0, 0]], [[0, 11]], r'label ids \[11\] outside 0..2'),
        ([[0, -1]], [[0, 300]], r'label ids \[300\] and predicted ids \[-1\] outside 0..2'),
    ],
)
def test_an_id_out_of_range_is_refused(pred, label, message):
    with pytest.raises(ValueError, match=message):
        confusion_matrix(np.array(pred), np.array(label), 3)


def test_what_is_predicted_on_ignored_pixels_may_be_anything():
    assert confusion_matrix(np.array([[0, 200]]), np.array([[0, 255]]), 2).sum() == 1
    assert confusion_matrix(np.array([[0, 999]]), np.array([[0, 255]]), 2).sum() == 1


def test_maps_of_two_sizes_are_refused():
    with pytest.raises(ValueError, match=r'one size, got \(2, 3\) and \(3, 2\)'):
        confusion_matrix(np.zeros((2, 3), np.uint8), np.zeros((3, 2), np.uint8), 2)


@pytest.mark.parametrize('ignore_index', [-1, 65535])
@pytest.mark.parametrize('num_classes', [256, 257, 300])
@pytest.mark.parametrize('as_tensors', [False, True])
def test_more_classes_than_a_byte_less_one(num_classes, ignore_index, as_tensors):
    rng = np.random.default_rng(0)
    pred, label = rng.integers(num_classes - 5, num_classes, (2, 11, 13))
    label[0, :4] = ignore_index
    counted = label != ignore_index
    expected = sklearn_confusion_matrix(label[counted], pred[counted], labels=range(num_classes))
    matrix = confusion_matrix(pred, label, num_classes, ignore_index)
    if as_tensors:
        tensors = torch.from_numpy(pred), torch.from_numpy(label)
        matrix = count_confusion(*tensors, num_classes, ignore_index)
    np.testing.assert_array_equal(np.asarray(matrix), expected)


@pytest.mark.parametrize('dtype', [np.uint8, np.int64])
def test_small_ids_of_many_classes_give_the_whole_matrix(dtype):
    labels = np.full((3, 4), 255, dtype)
    matrix = confusion_matrix(labels, labels, 300, -1)
    assert matrix.shape == (300, 300)
    assert matrix[255, 255] == matrix.sum() == 12


@pytest.mark.parametrize(
    ('num_classes', 'ignore_index', 'message'),
    [
        (256, 255, 'ignore_index=255 is one of the 256 classes'),
        (300, 255, 'ignore_index=255 is one of the 300 classes'),
        (0, 255, '0 classes, allowed are 1 to 65535'),
        (65536, -1, '65536 classes, allowed'),
    ],
)
def test_a_number_of_classes_that_would_lose_one_is_refused(num_classes, ignore_index, message):
    labels = np.zeros((2, 2), np.uint8)
    for maps in ((labels, labels), (torch.from_numpy(labels), torch.from_numpy(labels))):
        with pytest.raises(ValueError, match=message):
            confusion_matrix(*maps, num_classes, ignore_index)


def test_a_class_that_is_ignored_on_purpose_has_zeros():
    labels = np.array([[0, 1, 2]], np.uint8)
    np.testing.assert_array_equal(confusion_matrix(labels, labels, 3, 1), np.diag([1, 0, 1]))
