"""The losses of a decode head without the accuracy that mmseg computes beside them."""

from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from mmseg.models.utils import resize
from torch import Tensor, nn

from mmseg_ext.losses.terms import as_scalar


def decode_losses(head: BaseDecodeHead, seg_logits: Tensor, labels: Tensor) -> dict[str, Tensor]:
    """Compute what mmseg's `BaseDecodeHead.loss_by_feat` does, but for the accuracy.

    Two branches need two losses but only one accuracy, which on a CPU costs about as much as a
    loss.

    Args:
        head: Holds the losses, the sampler and the index to ignore.
        seg_logits: (B, C, h, w); resized to the labels.
        labels: int64, (B, 1, H, W).

    Returns:
        dict[str, Tensor]: One scalar for each name of a loss; losses of one name are added.
    """
    seg_logits = resize(
        seg_logits, size=labels.shape[2:], mode='bilinear', align_corners=head.align_corners
    )
    weight = None if head.sampler is None else head.sampler.sample(seg_logits, labels)
    several = isinstance(head.loss_decode, nn.ModuleList)
    losses: dict[str, Tensor] = {}
    for loss in head.loss_decode if several else [head.loss_decode]:
        value = as_scalar(
            loss(seg_logits, labels.squeeze(1), weight=weight, ignore_index=head.ignore_index)
        )
        losses[loss.loss_name] = losses.get(loss.loss_name, 0) + value
    return losses
