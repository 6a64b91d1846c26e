"""Confusion matrices of tensors: those of arrays, whatever the device."""

import numpy as np
import pytest
import torch

from mmseg_ext.evaluation import confusion_matrix
from mmseg_ext.models.device_confusion import count_confusion, count_pairs


@pytest.fixture
def maps():
    rng = np.random.default_rng(0)
    label = rng.integers(0, 5, (37, 53)).astype(np.uint8)
    label[rng.random(label.shape) < 0.2] = 255
    return rng.integers(0, 5, label.shape).astype(np.uint8), label


def test_tensors_count_as_arrays_do(maps):
    pred, label = maps
    tensor = count_confusion(torch.from_numpy(pred).long(), torch.from_numpy(label).long(), 5)
    assert tensor.dtype == torch.int64
    np.testing.assert_array_equal(tensor.numpy(), confusion_matrix(pred, label, 5))


def test_the_device_path_counts_the_same(maps):
    pred, label = maps
    counted = count_pairs(torch.from_numpy(pred), torch.from_numpy(label), 5, 255)
    np.testing.assert_array_equal(counted.numpy(), confusion_matrix(pred, label, 5))
    with pytest.raises(ValueError, match=r'predicted ids \[4\] outside 0..3'):
        count_pairs(torch.from_numpy(pred), torch.from_numpy(label).clamp(max=3), 4, 255)


def test_maps_of_two_sizes_are_refused():
    with pytest.raises(ValueError, match=r'one size, got \(2, 3\) and \(3, 2\)'):
        count_confusion(torch.zeros(2, 3), torch.zeros(3, 2), 2)
    with pytest.raises(ValueError, match=r'one size, got \(2, 3\) and \(3, 2\)'):
        count_pairs(torch.zeros(2, 3), torch.zeros(3, 2), 2)
