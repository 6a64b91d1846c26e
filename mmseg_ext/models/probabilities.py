"""The probabilities that a model gives to the classes."""

import torch
from torch import Tensor


def class_probabilities(seg_logits: Tensor, scale: float = 1.0) -> Tensor:
    """Return the probability of each class at each pixel.

    Args:
        seg_logits: What mmseg's segmentors call so, floating-point: logits, shape (C, H, W); of a
            head with one logit for two classes its sigmoid, shape (1, H, W).
        scale: Factor of the logits, the inverse of a temperature.

    Returns:
        float32, shape (C, H, W), or (2, H, W) of a head with one logit; they add to 1.

    Source: our decision; the scale as in temperature scaling (Guo et al., ICML 2017).
    """
    if len(seg_logits) == 1:
        second = torch.sigmoid(scale * torch.logit(seg_logits.float()))
        return torch.cat([1 - second, second])
    return (scale * seg_logits.float()).softmax(0)


def predicted_confidence(seg_logits: Tensor, pred: Tensor, scale: float = 1.0) -> Tensor:
    """Return the probability that a model gives to each predicted class.

    Args:
        seg_logits: As of :func:`class_probabilities`.
        pred: The predicted class ids, int64, shape (H, W).
        scale: Likewise.

    Returns:
        float32, shape (H, W).
    """
    return class_probabilities(seg_logits, scale).gather(0, pred[None])[0]
