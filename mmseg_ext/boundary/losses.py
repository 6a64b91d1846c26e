"""Class-balanced losses of the boundary tasks, as functions on tensors.

Boundaries are rare: 3 to 10 % of the pixels. The usual balance (Xie and Tu, "Holistically-Nested
Edge Detection", ICCV 2015, equation 2) weighs each kind of pixel by the share of the *other* one,
which is zero on a crop without a boundary: there false edges cost nothing. Ours is, for all tasks,
the mean over the pixels weighted by

    w(class) = count(class) ** -balance

over the classes that are in the batch. At balance 1 every present class has the same total
weight (the proportions of HED); at 0 it is the plain mean over the pixels that are not ignored.
A batch without an edge falls back to the mean over its non-edges, and an all-ignored batch gives
0 with zero gradients.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
import torch.nn.functional as F
from torch import Tensor

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.losses.pixel_counts import count_classes


def balance_weights(counts: Tensor, balance: float) -> Tensor:
    """Return the weight of one pixel of each class, so that all pixels' weights add to 1.

    Args:
        counts: Pixels of each class, (K,), integers.
        balance: 0 = every pixel alike, 1 = every present class alike.

    Returns:
        (K,) float64; 0 for classes that are absent.
    """
    counts = counts.double()
    shares = torch.where(counts > 0, counts ** (1 - balance), 0)
    return shares / shares.sum().clamp(min=1e-12) / counts.clamp(min=1)


@contextmanager
def known_classes(target: Tensor, num_classes: int, ignore_index: int) -> Iterator[None]:
    """Name the class where torch finds one that has no output.

    A GPU tells of it later, in words of its own: to ask it at every step would make the host wait.

    Raises:
        ConfigError: A target of K or more: the head and the targets were configured differently.
    """
    try:
        yield
    except IndexError as error:
        highest = int(target[target != ignore_index].max())
        raise ConfigError(
            f'the target holds class {highest}, but the head predicts {num_classes} classes: make '
            'its num_classes or levels those of GenerateBoundaryTargets'
        ) from error


def at_least_single(logits: Tensor) -> Tensor:
    """Return half-precision logits as float32, others as they are.

    The weight of one pixel of a million is below what half precision can hold.
    """
    return logits.to(torch.promote_types(logits.dtype, torch.float32))


def balanced_bce(
    logits: Tensor, target: Tensor, balance: float = 1.0, ignore_index: int = 255
) -> Tensor:
    """Class-balanced binary cross-entropy of an edge map.

    Args:
        logits: (B, 1, H, W), any float dtype.
        target: (B, H, W), integers: 0, 1 or `ignore_index`.
        balance: See the module's text; 1 by default, as in HED.
        ignore_index: Id of the pixels that do not count.

    Returns:
        Scalar, at least 0; 0 with zero gradients when every pixel is ignored.

    Raises:
        ConfigError: As of :func:`known_classes`, on a CPU.
    """
    logits, target = at_least_single(logits.squeeze(1)), target.long()
    valid = target != ignore_index
    counts = count_classes(target, 2, ignore_index)
    weights = balance_weights(counts, balance).to(logits.dtype)
    with known_classes(target, 2, ignore_index):
        target = target.masked_fill(~valid, 0)
        return F.binary_cross_entropy_with_logits(
            logits, target.to(logits.dtype), weights[target] * valid, reduction='sum'
        )


def balanced_cross_entropy(
    logits: Tensor, target: Tensor, balance: float = 0.5, ignore_index: int = 255
) -> Tensor:
    """Class-balanced softmax cross-entropy.

    Args:
        logits: (B, K, H, W), any float dtype.
        target: (B, H, W), integers: 0..K-1 or `ignore_index`.
        balance: See the module's text. 0.5 by default (our decision): at 1 a class of ten pixels
            outweighs them all.
        ignore_index: Id of the pixels that do not count.

    Returns:
        Scalar, at least 0; 0 with zero gradients when every pixel is ignored.

    Raises:
        ConfigError: As of :func:`known_classes`, on a CPU.
    """
    logits, target = at_least_single(logits), target.long()
    counts = count_classes(target, logits.shape[1], ignore_index)
    weights = balance_weights(counts, balance).to(logits.dtype)
    with known_classes(target, logits.shape[1], ignore_index):
        # torch's own sum of this loss varies from run to run on a GPU.
        losses = F.cross_entropy(
            logits, target, weights, ignore_index=ignore_index, reduction='none'
        )
    return losses.sum()


def balanced_smooth_l1(
    prediction: Tensor, target: Tensor, beta: float = 0.1, balance: float = 0.5
) -> Tensor:
    """Smooth-L1 loss of distance fractions, balanced between stuff (0) and instances (> 0).

    Args:
        prediction: (B, 1, H, W), any float dtype.
        target: (B, H, W), float: fractions in [0, 1], negative = does not count.
        beta: Error at which the square turns into the absolute error.
        balance: See the module's text.

    Returns:
        Scalar, at least 0; 0 with zero gradients when every pixel is ignored.
    """
    valid = target >= 0
    prediction = at_least_single(prediction.squeeze(1))
    kind = (target > 0).long()
    instances, pixels = kind.sum(), valid.sum()
    counts = torch.stack([pixels - instances, instances])
    weights = balance_weights(counts, balance).to(prediction.dtype)
    error = F.smooth_l1_loss(prediction, target.to(prediction.dtype), beta=beta, reduction='none')
    return (error * weights[kind] * valid).sum()
