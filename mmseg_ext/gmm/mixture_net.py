"""Predicts a Gaussian mixture from a feature map."""

from torch import Tensor, nn

from mmseg_ext.gmm.mixture import (
    GaussianMixture,
    full_precision,
    product_in_full_precision,
)


class MixtureNet(nn.Module):
    """Responsibilities by a 1×1 convolution, components by pooling with them.

    Each component starts from a prototype, shared by all images, and is moved by what the locations
    that it answers for hold on average:

        mean_k = prototype_k + Linear(sum_hw pi_k f / sum_hw pi_k), log_var_k = Linear(…)

    Args:
        in_channels: Channels D of the feature f.
        num_components: K.
        channels: Dimensions d of the components.

    Shape:
        - feature: (B, D, h, w)
        - prototypes: (K, d)
        - output: a mixture of K components of d dimensions on (h, w)

    Source: our decision.
    """

    def __init__(self, in_channels: int, num_components: int, channels: int):
        super().__init__()
        self.assign = nn.Conv2d(in_channels, num_components, 1)
        self.mean = nn.Linear(in_channels, channels)
        self.log_var = nn.Linear(in_channels, channels)

    def forward(self, feature: Tensor, prototypes: Tensor) -> GaussianMixture:
        """Predict the mixture."""
        logits = self.assign(feature)
        responsibilities = full_precision(logits).softmax(1)
        # A component without any location would divide by 0.
        share = responsibilities.sum((2, 3)).clamp(min=1e-6)
        pooled = product_in_full_precision(
            responsibilities.flatten(2), feature.flatten(2).transpose(1, 2)
        )
        pooled = (pooled / share.unsqueeze(-1)).to(feature.dtype)
        return GaussianMixture(logits, prototypes + self.mean(pooled), self.log_var(pooled))
