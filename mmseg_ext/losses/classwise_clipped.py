"""Cross-entropy in which no class pulls at the classifier harder than the others."""

import torch
import torch.nn.functional as F
from mmengine.dist import all_reduce
from mmseg.registry import MODELS
from torch import Tensor, nn

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.losses.checks import check_weight
from mmseg_ext.losses.labelled_mean import labelled_mean


@MODELS.register_module()
class ClasswiseClippedLoss(nn.Module):
    """Cross-entropy, the mean over the labelled pixels, its gradient clipped class by class.

    With G_c the sum of softmax(z) - e_c over the pixels of class c, which is the gradient of their
    summed loss with respect to the bias of the classifier, a pixel of class c weighs
    min(1, kappa / |G_c|), through which there is no gradient. G_c is of the pixels of all
    processes, so that all of them weigh a class alike; the mean is over those of each.

    Args:
        max_norm: kappa, in pixels of the batch of all processes; or 'median' for the median of
            |G_c| over the classes in that batch.
        rescale: Whether the weights are divided by their mean over the labelled pixels, so that
            clipping does not lower the rate of learning.
        loss_weight: Factor of the loss.
        loss_name: Name in the log.

    Shape:
        - pred: logits, (B, C, H, W), with C of 2 or more
        - target: int64, (B, H, W); ids 0..C-1 or ``ignore_index``
        - weight: (B, H, W), of single pixels, as mmseg's samplers give it, in G_c too; or None
        - reduction_override: 'none' for the loss of each pixel, (B, H, W); or None
        - output: scalar, at least float32; 0, with zero gradients, where every pixel is ignored

    Raises:
        ConfigError: ``max_norm`` is no number above 0, nor 'median'; ``loss_weight`` is negative or
            not finite; or the head has one output.

    Source: our decision for segmentation, after the clipping by groups of RepFair-GAN,
    arXiv 2207.10653.
    """

    def __init__(
        self,
        max_norm: float | str = 'median',
        rescale: bool = False,
        loss_weight: float = 1.0,
        loss_name: str = 'loss_ce',
    ):
        super().__init__()
        number = isinstance(max_norm, (int, float)) and not isinstance(max_norm, bool)
        if max_norm != 'median' and not (number and 0 < float(max_norm) < float('inf')):
            raise ConfigError(
                f'ClasswiseClippedLoss: max_norm={max_norm!r}: give a finite number above 0, or '
                "'median'"
            )
        check_weight('ClasswiseClippedLoss: loss_weight', loss_weight)
        self.max_norm = max_norm
        self.rescale = rescale
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
        if pred.shape[1] < 2:
            raise ConfigError(
                'ClasswiseClippedLoss needs a logit for each class, and the head has one output; '
                'set out_channels=2'
            )
        pred = pred.to(torch.promote_types(pred.dtype, torch.float32))
        labelled = target != ignore_index
        losses = F.cross_entropy(pred, target, ignore_index=ignore_index, reduction='none')
        if weight is not None:
            losses = losses * weight
        factors = self._factors(pred.detach(), target, labelled, weight)
        losses = self.loss_weight * factors[target.masked_fill(~labelled, 0)] * losses
        return losses if reduction_override == 'none' else labelled_mean(losses, labelled)

    def _factors(
        self, logits: Tensor, target: Tensor, labelled: Tensor, weight: Tensor | None
    ) -> Tensor:
        """Return the weight of a pixel of each class, (C,)."""
        gradients, counts = class_gradients(logits, target, labelled, weight)
        # One message for both; a process without labels has to send its zeros.
        sums = torch.cat([gradients, counts[:, None]], 1)
        all_reduce(sums)
        norms, counts = sums[:, :-1].norm(dim=1), sums[:, -1]
        if self.max_norm == 'median':
            limit = norms.masked_fill(counts == 0, float('nan')).nanquantile(0.5)
        else:
            limit = norms.new_tensor(self.max_norm)
        factors = (limit / norms.clamp(min=torch.finfo(norms.dtype).tiny)).clamp(max=1)
        factors = torch.where(counts > 0, factors, 1)
        if self.rescale:
            mean = (counts * factors).sum() / counts.sum()
            # Where every loss is 0, so are the weights, and there is no mean to divide by.
            factors = torch.where(mean > 0, factors / mean, factors)
        return factors


def class_gradients(
    logits: Tensor, target: Tensor, labelled: Tensor, weight: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Compute the gradient of each class's summed cross-entropy with respect to a bias.

    Args:
        logits: (B, C, H, W), float32 or float64.
        target: int64, (B, H, W).
        labelled: bool, (B, H, W).
        weight: Of single pixels, (B, H, W), or None.

    Returns:
        tuple[Tensor, Tensor]: The gradients, row c that of class c, (C, C), and the number of
        pixels of each class, (C,), both in the dtype of the logits.
    """
    classes = torch.arange(logits.shape[1], device=logits.device)
    members = (target[:, None] == classes.view(-1, 1, 1)) & labelled[:, None]
    members = members.to(logits.dtype)
    residual = logits.softmax(1) - members
    if weight is not None:
        residual = residual * weight[:, None]
    # Autocast would sum in half precision, in which a hundred thousand pixels are infinite.
    with torch.autocast(logits.device.type, enabled=False):
        gradients = torch.einsum('bchw,bkhw->ck', members, residual.to(logits.dtype))
    return gradients, members.sum((0, 2, 3))
