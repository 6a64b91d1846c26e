"""The mean over the labelled pixels."""

from torch import Tensor


def labelled_mean(losses: Tensor, labelled: Tensor) -> Tensor:
    """Average losses over the labelled pixels.

    Args:
        losses: (B, H, W), 0 where not labelled.
        labelled: bool, (B, H, W).

    Returns:
        Tensor: Scalar; 0, with zero gradients, where no pixel is labelled.
    """
    return losses.sum() / labelled.sum().clamp(min=1)
