"""Heads that return more than the logits of `cls_seg`, such as auxiliary ones of their own."""

from collections.abc import Sequence
from typing import Any

from torch import Tensor


def is_among(output: Any, logits: Tensor) -> bool:
    """Tell whether a head returned these logits, alone or among others."""
    several = isinstance(output, (tuple, list))
    return any(each is logits for each in (output if several else [output]))


def with_classified(
    output: Sequence[Tensor], logits: Tensor, replacement: Tensor
) -> tuple[Tensor, ...]:
    """Put other logits in the place of the classified ones.

    Args:
        output: What a head returned.
        logits: Those of it that `cls_seg` gave, (B, C, H, W).
        replacement: What comes in their place, of the same shape.

    Returns:
        The same tensors, but the others without a gradient, and the replacement in any case with
        one: a loss without one follows from the others alone.
    """
    if not replacement.requires_grad:
        replacement = replacement.detach().requires_grad_()
    return tuple(replacement if each is logits else each.detach() for each in output)
