"""Averages a feature over the cells of a coarser grid."""

from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor

from mmseg_ext.gmm.free_sizes import is_free, same_size


def average_over_cells(feature: Tensor, size: tuple[int, int]) -> Tensor:
    """Do what `F.adaptive_avg_pool2d` does.

    On a GPU the gradients of that function add up in an order that varies where cells overlap, and
    torch refuses it under `randomness=dict(deterministic=True)`. So this pools by windows where the
    grid divides the feature, and by two products elsewhere.

    Args:
        feature: (B, C, H, W), any float dtype.
        size: Rows h and columns w of the grid.

    Returns:
        Tensor: (B, C, h, w); the feature itself where it has that size.
    """
    before = feature.shape[-2:]
    if same_size(before, size):
        return feature
    if is_free(*before, *size):
        # Which of the ways below is open depends on the image that an exported model is given.
        rows, columns = (
            _averages_of_any(*lengths, feature) for lengths in zip(before, size, strict=True)
        )
        return rows @ feature @ columns.T
    if before[0] % size[0] == before[1] % size[1] == 0:
        return F.avg_pool2d(feature, (before[0] // size[0], before[1] // size[1]))
    rows, columns = (
        _averages(*lengths, feature.dtype, feature.device)
        for lengths in zip(before, size, strict=True)
    )
    return rows @ feature @ columns.T


@lru_cache(maxsize=64)
def _averages(before: int, after: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """Return the matrix (after, before) whose product with a vector is its pooled form."""
    with torch.inference_mode(False), torch.no_grad():
        ones = torch.eye(before, dtype=torch.float64)[None]
        return F.adaptive_avg_pool1d(ones, after)[0].T.to(device, dtype)


def _averages_of_any(before: int, after: int, like: Tensor) -> Tensor:
    """Return what `_averages` does, computed from sizes that are known when the graph runs."""
    places = torch.arange(before, device=like.device)
    cells = torch.arange(after, device=like.device)[:, None]
    begins, ends = cells * before // after, ((cells + 1) * before + after - 1) // after
    inside = (places >= begins) & (places < ends)
    return inside.to(like.dtype) / (ends - begins)
