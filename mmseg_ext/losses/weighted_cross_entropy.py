"""Class-weighted cross-entropy over the labelled pixels."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmseg.registry import MODELS
from torch import Tensor, nn

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.losses.checks import check_class_weights, check_weight
from mmseg_ext.losses.class_weights import weights_of_data_set
from mmseg_ext.losses.pixel_counts import count_classes


@MODELS.register_module()
class WeightedCrossEntropyLoss(nn.Module):
    """Cross-entropy as the mean over the labelled pixels, weighted by their class.

    Equal to mmseg's `CrossEntropyLoss` with `class_weight`, in less time. mmseg 1.2.2 ends with an
    IndexError when that meets an ignored pixel, of which class suppression makes many.

    Args:
        class_weight: Weight of a pixel of each of the C classes; or 'auto' for those that follow
            from the classes' shares in `dataset`.
        loss_weight: Factor of the loss.
        loss_name: Name in the log.
        dataset: With 'auto', the registered name of a data set whose METAINFO has
            ``train_shares``; no data are read.
        power: With 'auto', a weight is (median share / share) ** power.

    Shape:
        - pred: logits, (B, C, H, W)
        - target: int64, (B, H, W); ids 0..C-1 or ``ignore_index``
        - weight: (B, H, W), of single pixels, as mmseg's samplers give it; or None
        - reduction_override: 'none' for the weighted loss of each pixel, (B, H, W), by which
          mmseg's ``OHEMPixelSampler(thresh=None)`` chooses pixels; or None
        - output: scalar, at least float32; 0, with zero gradients, where every pixel is ignored

    Raises:
        ConfigError: If ``class_weight`` has not one weight for each class, or weights that are
            negative, not finite or all 0; ``loss_weight`` or ``power`` is negative or not finite;
            or with 'auto', as of
            :func:`~mmseg_ext.losses.class_weights.weights_of_data_set`.

    Source: our decision.
    """

    class_weight: Tensor

    def __init__(
        self,
        class_weight: Sequence[float] | str,
        loss_weight: float = 1.0,
        loss_name: str = 'loss_ce',
        dataset: str | None = None,
        power: float = 0.5,
    ):
        super().__init__()
        if isinstance(class_weight, str):
            class_weight = _automatic(class_weight, dataset, power)
        elif dataset is not None:
            raise ConfigError(
                f"WeightedCrossEntropyLoss: dataset={dataset!r} is for class_weight='auto', and "
                'the weights are given'
            )
        check_class_weights('WeightedCrossEntropyLoss: class_weight', class_weight)
        check_weight('WeightedCrossEntropyLoss: loss_weight', loss_weight)
        self.register_buffer(
            'class_weight', torch.tensor(class_weight, dtype=torch.float32), persistent=False
        )
        self.loss_weight = loss_weight
        self.loss_name = loss_name

    def forward(
        self,
        pred: Tensor,
        target: Tensor,
        weight: Tensor | None = None,
        ignore_index: int = 255,
        reduction_override: str | None = None,
    ) -> Tensor:
        """Compute the loss."""
        classes = pred.shape[1]
        if len(self.class_weight) != classes:
            raise ConfigError(
                f'WeightedCrossEntropyLoss has {len(self.class_weight)} class weights, but the '
                f'head predicts {classes} classes'
            )
        # Half precision would round the weights here, but not in the mass below.
        pred = pred.to(torch.promote_types(pred.dtype, torch.float32))
        losses = F.cross_entropy(
            pred,
            target,
            self.class_weight.to(pred.dtype),
            ignore_index=ignore_index,
            reduction='none',
        )
        if weight is not None:
            losses = losses * weight
        if reduction_override == 'none':
            return self.loss_weight * losses
        mass = (count_classes(target, classes, ignore_index) * self.class_weight).sum()
        return self.loss_weight * losses.sum() / mass.clamp(min=torch.finfo(mass.dtype).tiny)


def _automatic(word: str, dataset: str | None, power: float) -> list[float]:
    if word != 'auto':
        raise ConfigError(
            f"WeightedCrossEntropyLoss: class_weight={word!r}: give a list of numbers, or 'auto' "
            'with a dataset'
        )
    check_weight('WeightedCrossEntropyLoss: power', power)
    try:
        return weights_of_data_set(dataset, power)
    except ConfigError as error:
        raise ConfigError(f"WeightedCrossEntropyLoss: class_weight='auto': {error}") from None
