import numpy as np
import pytest
import torch
from dispatched import Dispatched

from mmseg_ext.losses.pixel_counts import count_classes, count_places


def test_counts_of_a_drawn_map():
    target = torch.tensor([[[0, 0, 2], [255, 2, 2]], [[3, 0, 255], [2, 0, 0]]])
    assert count_classes(target, 5, ignore_index=255).tolist() == [5, 0, 4, 1, 0]
    assert count_classes(target, 5, ignore_index=2).tolist() == [5, 0, 0, 1, 0]
    assert count_classes(target - 1, 5, ignore_index=-1).tolist() == [0, 4, 1, 0, 0]
    # What has no output does not count; the loss refuses it.
    assert count_classes(target, 3, ignore_index=255).tolist() == [5, 0, 4]
    assert count_classes(torch.full_like(target, 255), 2, 255).tolist() == [0, 0]


@pytest.mark.parametrize('shape', [(7,), (3, 5), (2, 9, 11)])
def test_counts_are_those_of_numpy(shape):
    target = torch.randint(0, 6, shape, generator=torch.Generator().manual_seed(0))
    expected = np.bincount(target.numpy().ravel(), minlength=8)
    for counts in (count_places(target, 8), count_classes(target, 8, 255)):
        assert counts.dtype == torch.int64
        np.testing.assert_array_equal(counts, expected)
    with Dispatched() as dispatched:
        count_classes(target, 8, 255)
    assert not +dispatched.waits
