"""The posterior mixture, which sees the labels, in training only."""

from functools import lru_cache

import torch
import torch.nn.functional as F
from mmcv.cnn import ConvModule
from torch import Tensor, nn

from mmseg_ext.gmm.mixture import GaussianMixture
from mmseg_ext.gmm.mixture_net import MixtureNet
from mmseg_ext.gmm.pooling import average_over_cells
from mmseg_ext.losses.pixel_counts import count_places


def label_shares(
    labels: Tensor, num_classes: int, size: tuple[int, int], ignore_index: int = 255
) -> Tensor:
    """Average one-hot labels over the cells of a coarser grid, without making them one-hot.

    Args:
        labels: int64, (B, H, W), ids 0..C-1 or ``ignore_index``.
        num_classes: C.
        size: Rows h and columns w of the grid; pixel row y is in row y·h // H.
        ignore_index: Label of the pixels that contribute nothing.

    Returns:
        Tensor: float32, (B, C, h, w): the share of each class in the pixels of a cell. The shares
        of a cell add up to the share of its labelled pixels.

    Source: our decision.
    """
    (batch, *pixels), (rows, columns) = labels.shape, size
    cells = rows * columns
    cell, pixels_in_cell = _cells(*pixels, rows, columns, labels.device)
    # Ignored pixels are counted as one class more, which is then left out.
    classes = labels.masked_fill(labels == ignore_index, num_classes)
    images = batch * (num_classes + 1)
    first = torch.arange(0, images, num_classes + 1, device=labels.device).view(-1, 1, 1)
    counts = count_places((classes + first) * cells + cell, images * cells)
    counts = counts.view(batch, num_classes + 1, cells)
    return (counts / pixels_in_cell)[:, :-1].view(batch, num_classes, rows, columns)


@lru_cache(maxsize=16)
def _cells(
    height: int, width: int, rows: int, columns: int, device: torch.device
) -> tuple[Tensor, Tensor]:
    """Return the cell of each pixel, (H, W), and the pixels of each cell, at least 1, (h·w,)."""
    with torch.inference_mode(False):
        row = torch.arange(height) * rows // height
        column = torch.arange(width) * columns // width
        cell = row[:, None] * columns + column
        pixels = torch.bincount(cell.flatten(), minlength=rows * columns).clamp(min=1)
        return cell.to(device), pixels.to(device)


def share_cross_entropy(logits: Tensor, shares: Tensor) -> Tensor:
    """Cross-entropy with soft labels, the mean over the labelled share of the grid.

    Args:
        logits: (B, C, h, w).
        shares: As of :func:`label_shares`, (B, C, h, w).

    Returns:
        Tensor: A scalar; 0 where nothing is labelled.

    Source: our decision.
    """
    loss = -(shares * F.log_softmax(logits.float(), dim=1)).sum()
    return loss / shares.sum().clamp(min=1e-6)


class PosteriorNet(nn.Module):
    """PostNet: the mixture q(z | x, y) from a shallow feature of the image and its labels.

    A classifier of its own on the expected feature makes the mixture carry what the labels say;
    without it the divergence to the prior could be 0 for nothing. The image's feature is detached:
    what sees the labels does not train the encoder, except through the prior.

    Args:
        in_channels: Channels of the shallow feature.
        num_classes: C.
        num_components: K.
        channels: Dimensions d of the components, and width of the two 3×3 blocks.
        norm_cfg: Normalisation of the blocks.

    Shape:
        - feature: (B, in_channels, H, W)
        - shares: (B, C, H, W), labels on the feature's grid, from :func:`label_shares`
        - prototypes: (K, d), those of the prior mixture, so that component k is the same in both
        - size: (h, w), the grid of the mixture

    Source: arXiv 2207.09162, the figure (image and labels in, mixture out); the network and its
    classifier are our decision.
    """

    def __init__(
        self,
        in_channels: int,
        num_classes: int,
        num_components: int,
        channels: int,
        norm_cfg: dict | None,
    ):
        super().__init__()
        self.body = nn.Sequential(
            ConvModule(
                in_channels + num_classes, channels, 3, stride=2, padding=1, norm_cfg=norm_cfg
            ),
            ConvModule(channels, channels, 3, padding=1, norm_cfg=norm_cfg),
        )
        self.mixture = MixtureNet(channels, num_components, channels)
        self.classifier = nn.Conv2d(channels, num_classes, 1)

    def forward(
        self, feature: Tensor, shares: Tensor, prototypes: Tensor, size: tuple[int, int]
    ) -> GaussianMixture:
        """Predict the posterior mixture on a grid of `size`."""
        seen = torch.cat([feature.detach(), shares.to(feature.dtype)], dim=1)
        return self.mixture(average_over_cells(self.body(seen), size), prototypes)

    def classification_loss(self, mixture: GaussianMixture, shares: Tensor) -> Tensor:
        """Return the loss of the classifier on the expected feature; shares (B, C, h, w)."""
        return share_cross_entropy(self.classifier(mixture.expected()), shares)
