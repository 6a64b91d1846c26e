"""Whether the losses of a head train it: their names, their weights and the classes' weights."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from mmseg.models.losses import CrossEntropyLoss
from mmseg.models.losses.utils import get_class_weight
from torch import nn

from mmseg_ext.common.errors import ConfigError


def check_losses(head: nn.Module, place: str) -> None:
    """Check the weights of a head's losses.

    Args:
        head: A decode or auxiliary head.
        place: Where the config has it, for the message.

    Raises:
        ConfigError: A `loss_weight` is negative or not finite; a `class_weight` has such weights or
            none above 0, or is not one weight for each of the head's outputs.
    """
    for name, loss in _losses_of(head):
        check_weight(f'{place}.{name}.loss_weight', getattr(loss, 'loss_weight', None))
        weights = getattr(loss, 'class_weight', None)
        if weights is not None:
            weights = get_class_weight(weights)
            check_class_weights(f'{place}.{name}.class_weight', weights, _outputs(head, loss))


def check_loss_names(head: nn.Module, place: str) -> None:
    """Check that mmengine adds up every loss of a head: only those with `loss` in their name.

    Args:
        head: Its `loss_decode` is one loss, or a list of them.
        place: Where the config has it, for the message.

    Raises:
        ConfigError: A `loss_name` has no `loss` in it.
    """
    for path, loss in _losses_of(head):
        name = getattr(loss, 'loss_name', None)
        if path.startswith('loss_decode') and isinstance(name, str) and 'loss' not in name:
            raise ConfigError(
                f"{place}.{path}.loss_name={name!r} has no 'loss' in it, and nothing else is "
                f"trained on: set loss_name='loss_{name}'"
            )


def check_weight(place: str, weight: Any) -> None:
    """Check that a number, where there is one, is a weight of a loss: finite, at least 0.

    Raises:
        ConfigError: It is negative or not finite.
    """
    if isinstance(weight, (int, float)) and not 0 <= weight < math.inf:
        raise ConfigError(f'{place}={weight}: give 0 or more, and a finite number')


def check_class_weights(place: str, weights: Any, outputs: int | None = None) -> None:
    """Check the weights of the classes.

    Args:
        place: Where the config has them, for the message.
        weights: A sequence, array or tensor of numbers.
        outputs: How many there must be.

    Raises:
        ConfigError: Their number is another, one is negative or not finite, or all are 0.
    """
    values = np.asarray(weights, np.float64).ravel()
    if outputs is not None and len(values) != outputs:
        raise ConfigError(
            f'{place} has {len(values)} weights, but the head predicts {outputs} classes: give one '
            'for each class'
        )
    wrong = ~((values >= 0) & (values < math.inf))
    if wrong.any():
        place, value = f'{place}[{wrong.argmax()}]', values[wrong.argmax()]
        raise ConfigError(f'{place}={value:g}: give 0 or more, and finite numbers')
    if not values.any():
        raise ConfigError(f'{place} is 0 for every class, so that nothing would be learned')


def _losses_of(head: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    for name, module in head.named_modules():
        if hasattr(module, 'loss_weight') or hasattr(module, 'loss_name'):
            first, *rest = name.split('.')
            yield first + ''.join(f'[{k}]' if k.isdigit() else f'.{k}' for k in rest), module


def _outputs(head: Any, loss: nn.Module) -> int | None:
    """Return how many weights of classes a loss needs; None where the head decides otherwise."""
    # The class of the head that class suppression is around.
    head_class: Any = getattr(type(head), 'head_class', type(head))
    own = getattr(head_class, 'loss_by_feat', None)
    if own is not BaseDecodeHead.loss_by_feat:
        return None
    # They weigh the positive pixels there, by another shape.
    if isinstance(loss, CrossEntropyLoss) and (loss.use_sigmoid or loss.use_mask):
        return None
    return int(head.out_channels)
