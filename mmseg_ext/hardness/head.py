"""Hardness level around a decode head that ends in `cls_seg` and learns by mmseg's own loss."""

import math
from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar

import torch
from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from mmseg.models.losses import accuracy
from mmseg.models.utils import resize
from mmseg.registry import MODELS
from mmseg.utils import SampleList
from torch import Tensor, nn

from mmseg_ext.common.absent_part import allow_absence
from mmseg_ext.common.contributions import TRAINING_ONLY
from mmseg_ext.common.errors import ConfigError, nearest
from mmseg_ext.common.wrapped_head import (
    empty_wrapped_head,
    head_class_of,
    learns_labels,
    wrapped_class,
)
from mmseg_ext.hardness.weights import hardness_weights
from mmseg_ext.losses.checks import check_loss_names, check_losses, check_weight
from mmseg_ext.losses.learnable import with_a_label
from mmseg_ext.losses.pixel_losses import check_gives_pixel_losses, pixel_losses

_ONE_OUTPUT = dict(num_classes=2, out_channels=1, threshold=0.5, sampler=None)


class HardnessMixin(BaseDecodeHead):
    """What the hardness level adds to a decode head; see :func:`HardnessHead`.

    Prediction is that of the plain head. In training, with the losses l of the pixels and sg a
    stopped gradient, the loss is

        sum of sg(w) l - weight * sum of w sg(l),  w = h / sum of h,  h = sigmoid(g) + floor

    over the labelled pixels of the batch of each process.
    """

    head_class: ClassVar[type[BaseDecodeHead]]

    def __init__(self, *args, hardness: dict | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        self.hardness_weight, self.hardness_floor = _checked_options(
            {} if hardness is None else hardness
        )
        name = f'HardnessHead around {type(self).head_class.__name__}'
        check_loss_names(self, name)
        check_losses(self, name)
        if self.sampler is not None:
            raise ConfigError(f'{name} takes no sampler: it weighs the pixels itself; remove it')
        for loss in self._losses():
            check_gives_pixel_losses(loss, self.out_channels, self.ignore_index, name)
        self.hardness_head = type(self).head_class(
            *args,
            **kwargs
            | _ONE_OUTPUT
            | dict(loss_decode=dict(type='CrossEntropyLoss', avg_non_ignore=True)),
        )
        if getattr(self.hardness_head, 'conv_seg', None) is None:
            raise ConfigError(
                f'{name}: the second head, of one output, is made by the last layer `conv_seg`, '
                'which this head has not; wrap a head that ends in `cls_seg`'
            )
        # Without a gradient they would stop DistributedDataParallel.
        for part in TRAINING_ONLY & set(self.hardness_head._modules):
            setattr(self.hardness_head, part, None)
        self.register_load_state_dict_post_hook(
            partial(allow_absence, part='hardness_head', called='hardness head')
        )
        self._hardness_logits: Tensor | None = None

    def loss(self, *args, **kwargs) -> dict[str, Tensor]:
        """Compute the losses; takes what the head's own `loss` takes, the labels second to last."""
        *inputs, _, _ = args
        self._hardness_logits = self.hardness_head(*_detached(inputs))
        try:
            return super().loss(*args, **kwargs)
        finally:
            self._hardness_logits = None

    def loss_by_feat(self, seg_logits: Tensor, batch_data_samples: SampleList) -> dict:
        """Weigh the losses of the pixels by their hardness.

        Args:
            seg_logits: What the head's forward returned, (B, C, h, w).
            batch_data_samples: The labels.

        Returns:
            dict[str, Tensor]: The sum of sg(w) l under the name of each loss, and as
            ``loss_hardness`` that of -weight w sg(l), all losses together; and ``acc_seg``.

        Raises:
            ConfigError: The second head gives no map of one output.
        """
        labels = self._stack_batch_gt(batch_data_samples).squeeze(1)
        labelled = labels != self.ignore_index
        weights = hardness_weights(
            self._to_size(self._one_output(), labels)[:, 0], labelled, self.hardness_floor
        )
        seg_logits = self._to_size(seg_logits, labels)
        # Where no pixel is labelled, all weights are 0.
        learnable, _ = with_a_label(labels, self.ignore_index)
        losses: dict[str, Tensor] = {}
        total = torch.zeros_like(weights)
        for loss in self._losses():
            each = pixel_losses(loss, seg_logits, learnable, self.ignore_index)
            each = each.to(weights.dtype)
            total += each.detach()
            value = (weights.detach() * each).sum()
            losses[loss.loss_name] = losses.get(loss.loss_name, 0) + value
        adversary = -self.hardness_weight * (weights * total).sum()
        losses['loss_hardness'] = losses.get('loss_hardness', 0) + adversary
        losses['acc_seg'] = accuracy(seg_logits, labels, ignore_index=self.ignore_index)
        return losses

    def _losses(self) -> Sequence[Any]:
        several = isinstance(self.loss_decode, nn.ModuleList)
        return list(self.loss_decode) if several else [self.loss_decode]

    def _one_output(self) -> Tensor:
        logits = self._hardness_logits
        if not isinstance(logits, Tensor) or logits.dim() != 4 or logits.shape[1] != 1:
            raise ConfigError(
                f'a {type(self).head_class.__name__} with out_channels=1 does not give one map of '
                'logits in its loss, so the hardness level cannot be learned by one; wrap another '
                'head'
            )
        return logits

    def _to_size(self, logits: Tensor, labels: Tensor) -> Tensor:
        return resize(
            logits, size=labels.shape[1:], mode='bilinear', align_corners=self.align_corners
        )

    def __reduce__(self):
        """Pickle by the wrapped class: the class of the head has no importable name."""
        return empty_wrapped_head, (HardnessMixin, type(self).head_class), self.__dict__


def _detached(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_detached(each) for each in value]
    return value.detach() if isinstance(value, Tensor) else value


@MODELS.register_module()
def HardnessHead(head_type: str | type, hardness: dict | None = None, **head_args):
    """Build a decode head with the hardness level around it.

    A second head of the same type with one output, on the detached features, learns where the
    loss is high, and those pixels weigh more. The parameters of the plain head keep their names,
    prediction is that of the plain head, and `export-weights` leaves the second head out::

        decode_head=dict(
            type='HardnessHead',
            head_type='DepthwiseSeparableASPPHead',
            hardness=dict(weight=0.01, floor=0.1),
            ...)  # the head's own arguments

    Args:
        head_type: Registered name, or class, of a decode head that learns the labels by mmseg's
            own `loss_by_feat`.
        hardness: ``weight`` of the term that the second head learns by (default 0.01), and
            ``floor``, what is added to every hardness (default 0.1); both as released.
        **head_args: The head's own arguments. Its losses must give the losses of single pixels.

    Returns:
        BaseDecodeHead: An instance of the head's class and of :class:`HardnessMixin`.

    Raises:
        ConfigError: There is no such head, or it computes its loss in another way; a loss gives
            no pixel losses; there is a sampler; or an option is unknown or out of its range.

    Source: arXiv 2305.08462 in the form of the released code; the wrapping, and that ignored pixels
    have no part in the sum of h, are our decision.
    """
    return wrapped_class(HardnessMixin, _head_class(head_type))(hardness=hardness, **head_args)


def _checked_options(hardness: dict) -> tuple[float, float]:
    if not isinstance(hardness, dict):
        raise ConfigError(
            f'hardness={hardness!r}: give its options, as in hardness=dict(weight=0.01)'
        )
    options = dict(weight=0.01, floor=0.1)
    for name, value in hardness.items():
        if name not in options:
            raise ConfigError(f'hardness has no option {name!r}{nearest(name, options)}')
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ConfigError(f'hardness.{name}={value!r}: give a number')
    options |= hardness
    check_weight('hardness.weight', options['weight'])
    if not 0 < options['floor'] < math.inf:
        raise ConfigError(f'hardness.floor={options["floor"]}: give a finite number above 0')
    return float(options['weight']), float(options['floor'])


def _head_class(head_type: str | type) -> type[BaseDecodeHead]:
    head_class = head_class_of(head_type)
    if not learns_labels(head_class):
        raise ConfigError(
            f'head_type={head_type!r} does not learn the classes of the labels, or not them alone; '
            'wrap a decode head of the semantic task alone'
        )
    if head_class.loss_by_feat is not BaseDecodeHead.loss_by_feat:
        raise ConfigError(
            f'head_type={head_type!r} computes its losses in a way of its own, so the hardness '
            'level cannot weigh their pixels; wrap a head without a `loss_by_feat` of its own'
        )
    return head_class
