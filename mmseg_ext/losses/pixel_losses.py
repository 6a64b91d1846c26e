"""Losses of single pixels, of any loss module that can give them."""

import inspect
from typing import Any

import torch
from torch import Tensor, nn

from mmseg_ext.common.errors import ConfigError, UserError


def pixel_losses(loss: nn.Module, logits: Tensor, labels: Tensor, ignore_index: int) -> Tensor:
    """Compute the loss of each pixel.

    Args:
        loss: A module that :func:`check_gives_pixel_losses` let pass.
        logits: (B, C, H, W).
        labels: int64, (B, H, W).
        ignore_index: Id of the pixels that do not count.

    Returns:
        Tensor: (B, H, W), with the weights of the classes and of the loss in it. A loss of every
        class and pixel, as that of sigmoids, counts as its mean over the classes.
    """
    losses = loss(logits, labels, ignore_index=ignore_index, reduction_override='none')
    return losses.mean(1) if losses.dim() == 4 else losses


def check_gives_pixel_losses(loss: nn.Module, classes: int, ignore_index: int, user: str) -> None:
    """Check that a loss can give pixel losses, by a map of six pixels.

    Args:
        loss: The module.
        classes: Number of logits C of a pixel.
        ignore_index: Id of the pixels that do not count.
        user: Who needs them, for the message.

    Raises:
        ConfigError: It cannot; the message says why.
    """
    name = type(loss).__name__
    if 'reduction_override' not in inspect.signature(loss.forward).parameters:
        raise ConfigError(_refusal(user, name, 'its forward takes no reduction_override'))
    labels = torch.full((1, 2, 3), 0 if ignore_index != 0 else 1)
    labels[0, 0, 0] = ignore_index
    logits = torch.zeros(1, classes, 2, 3)
    try:
        found: Any = pixel_losses(loss, logits, labels, ignore_index)
    except UserError:
        raise
    # A loss of anyone may fail in any way.
    except Exception as error:
        why = f"with reduction_override='none' it fails: {type(error).__name__}: {error}"
        raise ConfigError(_refusal(user, name, why)) from error
    if found.shape != labels.shape:
        why = (
            "with reduction_override='none' it gives numbers of shape "
            f'{tuple(found.shape)} for labels of shape {tuple(labels.shape)}'
        )
        raise ConfigError(_refusal(user, name, why))


def _refusal(user: str, name: str, why: str) -> str:
    return (
        f'{user} needs the loss of each pixel, which {name} does not give: {why}; use '
        'CrossEntropyLoss or WeightedCrossEntropyLoss, or a loss that does'
    )
