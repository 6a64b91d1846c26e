"""Sizes that are not known while a model is exported, because the graph takes images of any size.

`torch.export` hands symbols round in place of the numbers. A comparison of symbols is decided by
the example image, and then holds for that image alone, so that code that may be exported asks here.
"""

from collections.abc import Sequence

import torch


def is_free(*lengths: int) -> bool:
    """Tell whether one of the lengths is such a symbol."""
    return any(isinstance(length, torch.SymInt) for length in lengths)


def same_size(one: Sequence[int], other: Sequence[int]) -> bool:
    """Tell whether two sizes are equal; of free ones, whether they are so for every image."""
    if not is_free(*one, *other):
        return tuple(one) == tuple(other)
    from torch.fx.experimental.symbolic_shapes import statically_known_true

    return all(statically_known_true(a == b) for a, b in zip(one, other, strict=True))
