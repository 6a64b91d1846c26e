"""Suppresses a class in the feature that a 1x1 classifier takes, in one way for all models.

With feature A (D, h, w), weights W (C, D) and bias b, the logits are W A + b. Softmax sees only
differences between logits, so the evidence for class a is that of W_a minus the mean over the
classes. Two suppressions take it away completely, from any model alike:

- ``channels``: A without the channels whose centred weight for a is positive: what class
  suppression calls the information about a, A * ReLU(W_a), is removed as a whole, with W centred.
- ``direction``: A without its component along the centred weights of a, the least change that makes
  the logit of a the same everywhere, relative to the mean logit.

Either is linear in A, so the classifier takes it over: classifying the changed feature is
classifying A by other weights.

Not the selection of class suppression itself, which scales a channel by the share of the other
classes in sum_c ReLU(W_c): a class whose channels are shared by all would lose nothing, and seem
independent. Source: our decision; measured in docs/guides/analysis.md.
"""

from collections.abc import Callable

import numpy as np


def without_channels(weight: np.ndarray) -> np.ndarray:
    """Weights that classify as if the channels that speak for a class were zero.

    Args:
        weight: Weights of the classifier, float64, shape (C, D).

    Returns:
        np.ndarray: float64, shape (C, C, D): for each suppressed class the weights of all classes.
    """
    keep = weight <= weight.mean(0)
    return keep[:, None, :] * weight[None]


def without_direction(weight: np.ndarray) -> np.ndarray:
    """Weights that classify as if the feature had no component along the weights of a class.

    Args:
        weight: Weights of the classifier, float64, shape (C, D).

    Returns:
        np.ndarray: float64, shape (C, C, D): for each suppressed class the weights of all classes.
    """
    direction = weight - weight.mean(0)
    length = np.square(direction).sum(1, keepdims=True)
    unit = direction / np.sqrt(np.where(length > 0, length, 1))
    along = unit @ weight.T
    return weight[None] - along[:, :, None] * unit[:, None, :]


SUPPRESSIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    'channels': without_channels,
    'direction': without_direction,
}
