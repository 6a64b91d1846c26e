"""The decode head of a model."""

from typing import Any

from torch import nn


def last_decode_head(model: nn.Module) -> Any:
    """Return the decode head that predicts, the last of a cascade; None where a model has none."""
    heads = getattr(model, 'decode_head', None)
    return heads[-1] if isinstance(heads, nn.ModuleList) else heads
