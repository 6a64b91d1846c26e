"""The weights of the pixels: by hand, and the laws that they keep."""

import math

import pytest
import torch

from mmseg_ext.hardness import hardness_weights


def test_by_hand():
    """sigmoid(log 3) = 3/4 and sigmoid(0) = 1/2; with 1/4: 1, 3/4, and the third is ignored."""
    logits = torch.tensor([[[math.log(3), 0.0, 50.0]]], dtype=torch.float64)
    weights = hardness_weights(logits, torch.tensor([[[True, True, False]]]), 0.25)
    expected = torch.tensor([[[4 / 7, 3 / 7, 0]]], dtype=torch.float64)
    torch.testing.assert_close(weights, expected, rtol=1e-12, atol=0)


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_they_add_to_one_in_every_precision(dtype):
    logits = torch.randn(2, 64, 64, generator=torch.Generator().manual_seed(0)) * 20
    labelled = torch.rand(2, 64, 64, generator=torch.Generator().manual_seed(1)) < 0.5
    weights = hardness_weights(logits.to(dtype), labelled, 0.1)
    assert weights.dtype == torch.promote_types(dtype, torch.float32)
    assert weights.sum().item() == pytest.approx(1, abs=1e-5)
    assert not weights[~labelled].any() and weights[labelled].min() > 0
    # No pixel weighs more than (1 + floor) / floor = 11 times as much as another.
    assert weights.max() <= 11.001 * weights[labelled].min()


def test_without_a_labelled_pixel_they_are_zero_and_so_is_their_gradient():
    logits = torch.randn(1, 2, 3, requires_grad=True)
    weights = hardness_weights(logits, torch.zeros(1, 2, 3, dtype=torch.bool), 0.1)
    weights.sum().backward()
    assert not weights.any() and not logits.grad.any()


def test_gradcheck():
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(2, 3, 4, generator=generator, dtype=torch.float64, requires_grad=True)
    labelled = torch.rand(2, 3, 4, generator=generator) < 0.7
    assert torch.autograd.gradcheck(lambda value: hardness_weights(value, labelled, 0.1), logits)
