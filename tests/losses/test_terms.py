"""What mmengine makes of a loss, for tensors and lists."""

import pytest
import torch
from mmengine.model import BaseModel

from mmseg_ext.losses.terms import as_scalar


@pytest.mark.parametrize(
    'value',
    [
        torch.tensor(3.0),
        torch.tensor([1.0, 2.0, 6.0]),
        [torch.tensor(1.0), torch.tensor([[2.0, 4.0]])],
    ],
    ids=['scalar', 'tensor', 'list'],
)
def test_is_what_mmengine_adds_up(value):
    expected, _ = BaseModel.parse_losses(None, dict(loss=value))
    assert as_scalar(value).shape == ()
    assert as_scalar(value) == expected


def test_the_gradient_reaches_every_part():
    parts = [torch.ones(2, requires_grad=True), torch.ones((), requires_grad=True)]
    as_scalar(parts).backward()
    assert parts[0].grad.tolist() == [0.5, 0.5] and parts[1].grad == 1
