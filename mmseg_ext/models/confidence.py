"""How sure a model is of the class that it predicts."""

import torch
from torch import Tensor


def predicted_confidence(logits: Tensor, pred: Tensor, scale: float = 1.0) -> Tensor:
    """Return the probability that a model gives to each predicted class.

    Args:
        logits: Floating-point, shape (C, H, W); one logit stands for the second of two classes.
        pred: The predicted class ids, int64, shape (H, W).
        scale: Factor of the logits, the inverse of a temperature.

    Returns:
        float32, shape (H, W).

    Source: our decision; the scale as in temperature scaling (Guo et al., ICML 2017).
    """
    scaled = scale * logits.float()
    if len(scaled) == 1:
        second = scaled[0].sigmoid()
        return torch.where(pred == 1, second, 1 - second)
    return scaled.softmax(0).gather(0, pred[None])[0]
