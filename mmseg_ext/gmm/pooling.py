"""Averages a feature over the cells of a coarser grid."""

import torch
import torch.nn.functional as F
from torch import Tensor


def average_over_cells(feature: Tensor, size: tuple[int, int]) -> Tensor:
    """Do what `F.adaptive_avg_pool2d` does, by two products.

    On a GPU the gradients of that function add up in an order that varies where cells overlap, and
    torch refuses it under `randomness=dict(deterministic=True)`.

    Args:
        feature (Tensor): (B, C, H, W), any float dtype.
        size (tuple[int, int]): Rows h and columns w of the grid.

    Returns:
        Tensor: (B, C, h, w).
    """
    rows, columns = (
        _averages(before, after).to(feature)
        for before, after in zip(feature.shape[-2:], size, strict=True)
    )
    return rows @ feature @ columns.T


def _averages(before: int, after: int) -> Tensor:
    """Return the matrix (after, before) whose product with a vector is its pooled form."""
    return F.adaptive_avg_pool1d(torch.eye(before, dtype=torch.float64)[None], after)[0].T
