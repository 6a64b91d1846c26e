"""Class suppression around any decode head that ends in mmseg's `cls_seg`."""

import inspect
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from mmengine.dist import all_reduce
from mmengine.structures import PixelData
from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from mmseg.registry import MODELS
from torch import Tensor, nn

from mmseg_ext.common.errors import ConfigError, nearest
from mmseg_ext.common.training_progress import Progress
from mmseg_ext.common.wrapped_head import (
    empty_wrapped_head,
    head_class_of,
    learns_labels,
    wrapped_class,
)
from mmseg_ext.debias.decode_losses import decode_losses
from mmseg_ext.debias.selection import FeatureSelection, class_weights
from mmseg_ext.debias.several_outputs import is_among, with_classified
from mmseg_ext.debias.suppression import ClassDrop, DropPolicy
from mmseg_ext.losses.checks import check_loss_names, check_losses, check_weight
from mmseg_ext.losses.learnable import with_a_label
from mmseg_ext.losses.terms import as_scalar


class ClassSuppressionMixin(BaseDecodeHead):
    """What class suppression adds to a decode head; see :func:`ClassSuppressionHead`.

    The output of the head is that of the suppressed branch with every class kept. In training
    the loss is, with y' the labels without the dropped class z (b = 1 if one is dropped),

        (1 - tau) L(plain, y) + tau L(suppressed, y') + b weight mean softmax(suppressed)[z]
    """

    head_class: ClassVar[type[BaseDecodeHead]]

    def __init__(self, *args, suppression: dict | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        options = _checked_options({} if suppression is None else suppression)
        norm_cfg = options.pop('norm_cfg', None) or getattr(self, 'norm_cfg', None)
        self.suppression_weight = float(options.pop('weight', 10.0))
        check_weight('suppression.weight', self.suppression_weight)
        self.detach_classifier = bool(options.pop('detach_classifier', False))
        classifier = getattr(self, 'conv_seg', None)
        if not isinstance(classifier, nn.Conv2d) or classifier.kernel_size != (1, 1):
            raise ConfigError(
                f'class suppression needs a head whose last layer is the 1x1 convolution '
                f'`conv_seg`; that of {type(self).head_class.__name__} is {classifier}'
            )
        num_classes = len(class_weights(classifier))
        self.drop_policy = DropPolicy(num_classes, **options)
        self.feature_selection = FeatureSelection(
            classifier.in_channels, norm_cfg or dict(type='BN')
        )
        check_loss_names(self, type(self).head_class.__name__)
        check_losses(self, type(self).head_class.__name__)
        self._in_loss = False
        self._classified: tuple[Tensor, Tensor] | None = None

    def cls_seg(self, feat: Tensor) -> Tensor:
        """Classify a feature (B, D, H, W) into logits (B, C, H, W).

        Inside the loss these are the logits of the plain branch; the suppressed branch follows
        in `loss_by_feat`, which knows the labels.
        """
        if not self._in_loss:
            return super().cls_seg(self._selected(feat, dropped=None))
        logits = super().cls_seg(feat)
        self._classified = feat, logits
        return logits

    def loss(self, *args, **kwargs) -> dict[str, Tensor]:
        """Compute the losses of both branches; takes what the head's own `loss` takes.

        Raises:
            ConfigError: If the head's forward is wrapped in activation checkpointing.
        """
        if 'forward' in vars(self):
            raise ConfigError(
                'class suppression reads the feature inside of the forward of its head, which '
                'another has replaced, as activation_checkpointing does: its gradient would be '
                'cut; name parts of the model other than the decode head, such as '
                "activation_checkpointing=['backbone']"
            )
        self._in_loss = True
        try:
            return super().loss(*args, **kwargs)
        finally:
            self._in_loss = False
            self._classified = None

    def loss_by_feat(self, seg_logits: Tensor, batch_data_samples: list, *args, **kwargs) -> dict:
        """Weigh the plain and the suppressed branch, and add the suppression term.

        What a head returns beside these logits, as auxiliary ones of its own, belongs to neither
        branch: a loss of that alone counts once, on all labels.

        Args:
            seg_logits: What the head's forward returned: (B, C, H, W), or several tensors, of which
                that is one.
            batch_data_samples: The labels.
            *args: What else the head's own `loss_by_feat` takes.
            **kwargs: Likewise.

        Returns:
            dict[str, Tensor]: The head's own losses times 1 - tau under their own names, those
            of the suppressed branch times tau under ``suppressed.<name>``, ``loss_suppression``,
            ``tau``, and ``acc_seg``, the accuracy of the suppressed branch over the pixels that
            are not of the dropped class.

        Raises:
            ConfigError: If the head's forward does not end in `cls_seg`.
        """
        feature = self._feature_behind(seg_logits)
        drop = self.drop_policy.at(Progress.current(), self._present(batch_data_samples))
        selected = self._selected(feature, drop.dropped)
        suppressed = super().cls_seg(selected)
        labels = self._stack_batch_gt(batch_data_samples)
        kept = labels
        if drop.dropped is not None:
            kept = labels.masked_fill(labels == drop.dropped, self.ignore_index)

        labels, learnable = with_a_label(labels, self.ignore_index)
        if type(self).head_class.loss_by_feat is BaseDecodeHead.loss_by_feat:
            plain_losses = decode_losses(self, seg_logits, labels)
        else:
            samples = _relabelled(batch_data_samples, labels)
            plain_losses = super().loss_by_feat(seg_logits, samples, *args, **kwargs)
        losses = _weighed(plain_losses, 1 - drop.tau, learnable)

        kept, kept_learnable = with_a_label(kept, self.ignore_index)
        samples = _relabelled(batch_data_samples, kept)
        if isinstance(seg_logits, Tensor):
            suppressed_losses = super().loss_by_feat(suppressed, samples, *args, **kwargs)
        else:
            # In a check without gradients too: by them the losses of the others are told apart.
            with torch.enable_grad():
                output = with_classified(seg_logits, self._classified[1], suppressed)
                suppressed_losses = super().loss_by_feat(output, samples, *args, **kwargs)
                of_others = _without_gradient(suppressed_losses)
            losses |= _weighed({name: plain_losses[name] for name in of_others}, 1.0, learnable)
            suppressed_losses = {
                name: value for name, value in suppressed_losses.items() if name not in of_others
            }
        losses_suppressed = _weighed(suppressed_losses, drop.tau, kept_learnable)
        losses |= {f'suppressed.{name}': value for name, value in losses_suppressed.items()}
        to_suppress = (
            self._by_a_fixed_classifier(selected) if self.detach_classifier else suppressed
        )
        losses['loss_suppression'] = self._suppression_loss(to_suppress, drop)
        losses['tau'] = suppressed.new_full((), drop.tau)
        if 'acc_seg' in suppressed_losses:
            losses['acc_seg'] = suppressed_losses['acc_seg']
        return losses

    def _feature_behind(self, seg_logits: Any) -> Tensor:
        if self._classified is None or not is_among(seg_logits, self._classified[1]):
            raise ConfigError(
                f'the forward of {type(self).head_class.__name__} does not end in `cls_seg`, so '
                'class suppression would not reach its output; wrap a head that returns what '
                '`cls_seg` gives'
            )
        return self._classified[0]

    def _selected(self, feature: Tensor, dropped: int | None) -> Tensor:
        weights = class_weights(self.conv_seg)
        keep = None
        if dropped is not None:
            keep = weights.new_ones(len(weights))
            keep[dropped] = 0
        return self.feature_selection(feature, weights, keep)

    def _by_a_fixed_classifier(self, selected: Tensor) -> Tensor:
        classifier = self.conv_seg
        selected = selected if self.dropout is None else self.dropout(selected)
        bias = None if classifier.bias is None else classifier.bias.detach()
        return F.conv2d(selected, classifier.weight.detach(), bias)

    def _present(self, batch_data_samples: list) -> Tensor | None:
        if self.drop_policy.draw != 'present':
            return None
        labels = self._stack_batch_gt(batch_data_samples)
        classes = range(self.drop_policy.num_classes)
        present = torch.stack([((labels == c) & (c != self.ignore_index)).any() for c in classes])
        present = present.to(torch.uint8)
        all_reduce(present, op='max')
        return present.bool()

    def _suppression_loss(self, suppressed: Tensor, drop: ClassDrop) -> Tensor:
        if drop.dropped is None:
            # All that it follows from is in the graph by the losses of the branch.
            return suppressed.new_zeros(())
        return self.suppression_weight * class_probabilities(suppressed)[:, drop.dropped].mean()

    def __reduce__(self):
        """Pickle by the wrapped class: the class of the head has no importable name."""
        return empty_wrapped_head, (ClassSuppressionMixin, type(self).head_class), self.__dict__


def class_probabilities(logits: Tensor) -> Tensor:
    """Probability of every class, shape (B, C, H, W); two from the one logit of a binary head."""
    if logits.shape[1] == 1:
        return torch.cat([-logits, logits], 1).sigmoid()
    return logits.softmax(1)


def _relabelled(batch_data_samples: list, labels: Tensor) -> list:
    samples = [sample.new() for sample in batch_data_samples]
    for sample, data in zip(samples, labels.unbind(), strict=True):
        sample.gt_sem_seg = PixelData(data=data)
    return samples


def _without_gradient(losses: dict) -> set[str]:
    """Return the names of the losses that no gradient comes from."""
    return {
        name
        for name, value in losses.items()
        if 'loss' in name and not as_scalar(value).requires_grad
    }


def _weighed(losses: dict, factor: float, learnable: Tensor) -> dict:
    # mmengine adds up every entry that has 'loss' in its name.
    return {
        name: factor * as_scalar(value) * learnable
        for name, value in losses.items()
        if 'loss' in name
    }


@MODELS.register_module()
def ClassSuppressionHead(head_type: str | type, suppression: dict | None = None, **head_args):
    """Build a decode head with class suppression around it.

    A config changes these lines only; the parameters of the plain head keep their names, so its
    checkpoints load::

        decode_head=dict(
            type='ClassSuppressionHead',
            head_type='DepthwiseSeparableASPPHead',
            suppression=dict(weight=10.0),
            ...)  # the head's own arguments

    Args:
        head_type: Registered name, or class, of a decode head whose forward ends in
            mmseg's `cls_seg`.
        suppression: ``weight`` is that of the suppression term (default 10, the
            released value; in short trainings from scratch it cost 2 to 5 points of mIoU, see
            docs/guides/class-suppression.md), ``norm_cfg`` the batch normalisation of the
            selection (default the head's own); ``detach_classifier=True`` holds the classifier
            fixed where it gives the logits of the suppression term (our option), so that lowering
            the bias of a class does not satisfy it (through the selection the weights of the kept
            classes still have a gradient); the rest goes to
            :class:`~mmseg_ext.debias.suppression.DropPolicy`.
        **head_args: The head's own arguments.

    Returns:
        BaseDecodeHead: An instance of the head's class and of :class:`ClassSuppressionMixin`.

    Raises:
        ConfigError: If there is no such head, it does not end in `cls_seg`, or it learns another
            target than the labels.

    Source: arXiv 2111.00531; the wrapping is our decision.
    """
    return wrapped_class(ClassSuppressionMixin, _head_class(head_type))(
        suppression=suppression, **head_args
    )


def _checked_options(suppression: dict) -> dict:
    if not isinstance(suppression, dict):
        raise ConfigError(
            f'suppression={suppression!r}: give its options, as in suppression=dict(weight=1.0)'
        )
    known = {
        'weight',
        'norm_cfg',
        'detach_classifier',
        *inspect.signature(DropPolicy).parameters,
    } - {'num_classes'}
    for name in suppression:
        if name not in known:
            raise ConfigError(f'suppression has no option {name!r}{nearest(name, known)}')
    return dict(suppression)


def _head_class(head_type: str | type) -> type[BaseDecodeHead]:
    decode_head = head_class_of(head_type)
    if decode_head.cls_seg is not BaseDecodeHead.cls_seg:
        raise ConfigError(
            f"head_type={head_type!r} classifies in a way of its own, not by mmseg's `cls_seg`; "
            'class suppression cannot reach its output'
        )
    if not learns_labels(decode_head):
        raise ConfigError(
            f'head_type={head_type!r} does not learn the classes of the labels, or not them alone, '
            'so it is not known what to suppress; wrap a decode head of the semantic task alone'
        )
    return decode_head
