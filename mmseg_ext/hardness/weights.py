"""The weight of each pixel, from its hardness."""

import torch
from torch import Tensor


def hardness_weights(logits: Tensor, labelled: Tensor, floor: float) -> Tensor:
    """Compute w = h / Σ h with h = sigmoid(g) + floor, over the labelled pixels of a batch.

    Args:
        logits: g, (B, H, W).
        labelled: Whether a pixel counts, bool, (B, H, W). The release counts ignored pixels in the
            sum too; here they have no part in it (our decision).
        floor: What every hardness has at least, above 0.

    Returns:
        Tensor: (B, H, W), at least float32, 0 where not labelled; it adds to 1, or is 0 where
        no pixel is labelled.

    Source: arXiv 2305.08462, in the form of the released code.
    """
    logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
    hardness = (logits.sigmoid() + floor) * labelled
    # One labelled pixel has `floor` alone, so that this only acts where there is none.
    return hardness / hardness.sum().clamp(min=floor)
