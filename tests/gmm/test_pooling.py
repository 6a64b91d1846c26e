import pytest
import torch
import torch.nn.functional as F

from mmseg_ext.gmm.pooling import average_over_cells


def test_drawn_by_hand():
    feature = torch.tensor([[[[1.0, 3.0, 5.0], [3.0, 5.0, 7.0], [9.0, 9.0, 9.0]]]])
    torch.testing.assert_close(
        average_over_cells(feature, (3, 2)), torch.tensor([[[[2.0, 4.0], [4.0, 6.0], [9.0, 9.0]]]])
    )


@pytest.mark.parametrize('size', [(4, 6), (3, 5), (12, 18), (1, 1), (13, 20)])
def test_values_and_gradients_are_those_of_torch(size):
    torch.manual_seed(0)
    feature = torch.randn(2, 3, 12, 18, dtype=torch.float64)
    toward = torch.randn(2, 3, *size, dtype=torch.float64)
    found = []
    for pool in (average_over_cells, F.adaptive_avg_pool2d):
        one = feature.clone().requires_grad_()
        pooled = pool(one, size)
        pooled.backward(toward)
        found.append((pooled, one.grad))
    torch.testing.assert_close(*(pooled for pooled, _ in found))
    torch.testing.assert_close(*(gradient for _, gradient in found))


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
def test_half_precision(dtype):
    feature = torch.randn(1, 2, 9, 7, generator=torch.Generator().manual_seed(0)).to(dtype)
    pooled = average_over_cells(feature, (4, 3))
    assert pooled.dtype == dtype
    expected = F.adaptive_avg_pool2d(feature.float(), (4, 3))
    torch.testing.assert_close(pooled.float(), expected, rtol=0.02, atol=0.02)
