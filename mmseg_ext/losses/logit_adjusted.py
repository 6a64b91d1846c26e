"""Cross-entropy of logits that are shifted by the frequencies of the classes."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmseg.registry import MODELS
from torch import Tensor, nn

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.losses.checks import check_weight
from mmseg_ext.losses.class_weights import shares_of_data_set
from mmseg_ext.losses.labelled_mean import labelled_mean


@MODELS.register_module()
class LogitAdjustedLoss(nn.Module):
    """Cross-entropy of z + tau log pi, the mean over the labelled pixels.

    The frequencies pi of the classes are added in training alone, so that the logits z are of
    classes that are as if equally frequent.

    Args:
        shares: pi, of each of the C classes, in any unit; or 'auto' for the shares of the training
            pixels that `dataset` knows.
        tau: How much of it; 0 is plain cross-entropy, 1 the paper's consistent value.
        loss_weight: Factor of the loss.
        loss_name: Name in the log.
        dataset: With 'auto', the registered name of a data set whose METAINFO has
            ``train_shares``; no data are read.

    Shape:
        - pred: logits, (B, C, H, W)
        - target: int64, (B, H, W); ids 0..C-1 or ``ignore_index``
        - weight: (B, H, W), of single pixels, as mmseg's samplers give it; or None
        - reduction_override: 'none' for the loss of each pixel, (B, H, W); or None
        - output: scalar, at least float32; 0, with zero gradients, where every pixel is ignored

    Raises:
        ConfigError: ``shares`` has not one number above 0 for each class; ``tau`` or
            ``loss_weight`` is negative or not finite; or with 'auto', as of
            :func:`~mmseg_ext.losses.class_weights.shares_of_data_set`.

    Source: Menon et al., ICLR 2021, arXiv 2007.07314, the logit-adjusted softmax cross-entropy; the
    mean over labelled pixels is our decision.
    """

    adjustment: Tensor

    def __init__(
        self,
        shares: Sequence[float] | str,
        tau: float = 1.0,
        loss_weight: float = 1.0,
        loss_name: str = 'loss_ce',
        dataset: str | None = None,
    ):
        super().__init__()
        if isinstance(shares, str):
            shares = _automatic(shares, dataset)
        elif dataset is not None:
            raise ConfigError(
                f"LogitAdjustedLoss: dataset={dataset!r} is for shares='auto', and the shares are "
                'given'
            )
        check_weight('LogitAdjustedLoss: tau', tau)
        check_weight('LogitAdjustedLoss: loss_weight', loss_weight)
        values = torch.as_tensor(shares, dtype=torch.float64)
        if values.dim() != 1 or not len(values) or not ((values > 0) & values.isfinite()).all():
            raise ConfigError(
                f'LogitAdjustedLoss: shares={list(shares)}: give a finite number above 0 for each '
                'class'
            )
        adjustment = tau * (values / values.sum()).log()
        self.register_buffer('adjustment', adjustment.float(), persistent=False)
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
        if len(self.adjustment) != pred.shape[1]:
            raise ConfigError(
                f'LogitAdjustedLoss has {len(self.adjustment)} shares, but the head predicts '
                f'{pred.shape[1]} classes'
            )
        # Half precision would round the sum.
        pred = pred.to(torch.promote_types(pred.dtype, torch.float32))
        losses = F.cross_entropy(
            pred + self.adjustment.to(pred.dtype).view(-1, 1, 1),
            target,
            ignore_index=ignore_index,
            reduction='none',
        )
        if weight is not None:
            losses = losses * weight
        losses = self.loss_weight * losses
        return (
            losses
            if reduction_override == 'none'
            else labelled_mean(losses, target != ignore_index)
        )


def _automatic(word: str, dataset: str | None) -> list[float]:
    if word != 'auto':
        raise ConfigError(
            f"LogitAdjustedLoss: shares={word!r}: give a list of numbers, or 'auto' with a dataset"
        )
    try:
        return shares_of_data_set(dataset, 'shares')
    except ConfigError as error:
        raise ConfigError(f"LogitAdjustedLoss: shares='auto': {error}") from None
