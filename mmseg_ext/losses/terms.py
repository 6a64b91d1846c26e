"""What a loss returns: one tensor, or a list of them."""

from collections.abc import Sequence

import torch
from torch import Tensor


def as_scalar(value: Tensor | Sequence[Tensor]) -> Tensor:
    """Reduce what a loss module returned to a scalar, as mmengine's `parse_losses` does.

    Args:
        value: A loss of any shape, or a list of losses.

    Returns:
        Tensor: The mean of a tensor, the sum of the means of a list.
    """
    if isinstance(value, Tensor):
        return value.mean()
    return torch.stack([part.mean() for part in value]).sum()
