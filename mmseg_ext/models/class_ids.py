"""Class ids of a prediction, also of a model with one logit."""

import torch


def class_ids(predicted: torch.Tensor) -> torch.Tensor:
    """Return predicted classes as integers: with one logit for two classes mmseg gives floats."""
    return predicted.long() if predicted.is_floating_point() else predicted
