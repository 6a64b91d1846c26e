"""The global latent: one Gaussian for the whole image."""

import torch
from torch import Tensor, nn

from mmseg_ext.gmm.mixture import LOG_VARIANCE_LIMIT, full_precision


class GlobalLatent(nn.Module):
    """q(g | x) from the pooled feature, drawn in training and its mean at inference.

    Args:
        in_channels: Channels D of the feature.
        channels: Dimensions of g.

    Shape:
        - feature: (B, D, h, w)
        - output: g (B, channels), and its divergence to the prior, a scalar

    Source: arXiv 2207.09162, the figure (global space with prior N(0, I)); the network is our
    decision.
    """

    def __init__(self, in_channels: int, channels: int):
        super().__init__()
        self.mean = nn.Linear(in_channels, channels)
        self.log_var = nn.Linear(in_channels, channels)

    def forward(self, feature: Tensor) -> tuple[Tensor, Tensor]:
        """Return g and KL(q(g | x) || N(0, I)), the sum over dimensions, the mean over images."""
        pooled = feature.mean((2, 3))
        mean, log_var = full_precision(self.mean(pooled)), full_precision(self.log_var(pooled))
        log_var = log_var.clamp(-LOG_VARIANCE_LIMIT, LOG_VARIANCE_LIMIT)
        divergence = 0.5 * (log_var.exp() + mean.square() - 1 - log_var).sum(1).mean()
        if not self.training:
            return mean, divergence
        return mean + (0.5 * log_var).exp() * torch.randn_like(mean), divergence
