"""Counts of pixels that do not make the host wait for a GPU.

`torch.bincount`, and picking pixels by a mask, read a size from the device before the host goes on.
"""

import torch
from torch import Tensor


def count_places(places: Tensor, length: int) -> Tensor:
    """Do what `torch.bincount` does, with a length that is known.

    Args:
        places: int64, any shape, from 0 to length - 1.
        length: Number of places.

    Returns:
        Tensor: int64, (length,), how often each place occurs.
    """
    ones = places.new_ones(()).expand(places.numel())
    return places.new_zeros(length).scatter_add_(0, places.flatten(), ones)


def count_classes(target: Tensor, num_classes: int, ignore_index: int) -> Tensor:
    """Count the pixels of each class.

    Args:
        target: int64, (..., W), at least 0 where not ignored. Ids of `num_classes` or more do not
            count, as ignored ones.
        num_classes: C.
        ignore_index: Id of the pixels that do not count.

    Returns:
        Tensor: int64, (C,).
    """
    bins = num_classes + 1
    if ignore_index < num_classes:
        target = target.masked_fill(target == ignore_index, num_classes)
    # A count of its own for each column: on a GPU neighbours would else wait for each other.
    width = target.shape[-1]
    column = torch.arange(0, width * bins, bins, device=target.device)
    counts = count_places(target.clamp(max=num_classes) + column, width * bins)
    return counts.view(width, bins).sum(0)[:num_classes]
