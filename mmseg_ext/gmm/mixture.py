"""A Gaussian mixture for every image whose weights differ from location to location."""

import math
from functools import cached_property

import torch
from torch import Tensor
from torch.nn.functional import log_softmax

LOG_VARIANCE_LIMIT = 8.0


class GaussianMixture:
    """K Gaussians with diagonal covariance for each image, mixed anew at each location.

    The components belong to the image, the responsibilities to the location: at (h, w) the density
    is sum_k pi_k(h, w) N(mean_k, exp(log_var_k)).

    Args:
        logits: Finite logits of the responsibilities, (B, K, h, w).
        mean: Means of the components, (B, K, d).
        log_var: Logarithms of their variances, (B, K, d); clamped to [-8, 8].

    Everything is computed in float32 at least, also where autocast gave half precision.

    Raises:
        ValueError: If the shapes do not belong together.

    Source: Saire and Ramírez Rivera, IEEE Access 10, 2022, arXiv 2207.09162, has a mixture in its
    place; this form of it is our decision.

    Example:
        >>> logits = torch.tensor([[[[0.0, 9.0]], [[0.0, -9.0]]]])  # 2 components, 1x2 locations
        >>> mean = torch.tensor([[[1.0], [3.0]]])
        >>> mixture = GaussianMixture(logits, mean, torch.zeros(1, 2, 1))
        >>> mixture.responsibilities[0, :, 0, 0]
        tensor([0.5000, 0.5000])
        >>> mixture.expected()
        tensor([[[[2., 1.]]]])
        >>> mixture.kl_bound(mixture)
        tensor([[[0., 0.]]])
    """

    def __init__(self, logits: Tensor, mean: Tensor, log_var: Tensor):
        if mean.shape != log_var.shape or logits.shape[:2] != mean.shape[:2]:
            raise ValueError(
                'expected logits (B, K, h, w), mean and log_var (B, K, d), got '
                f'{tuple(logits.shape)}, {tuple(mean.shape)} and {tuple(log_var.shape)}'
            )
        self.logits, self.mean = full_precision(logits), full_precision(mean)
        self.log_var = full_precision(log_var).clamp(-LOG_VARIANCE_LIMIT, LOG_VARIANCE_LIMIT)

    @cached_property
    def log_responsibilities(self) -> Tensor:
        """Logarithms of the responsibilities, (B, K, h, w)."""
        return log_softmax(self.logits, dim=1)

    @cached_property
    def responsibilities(self) -> Tensor:
        """Share of each component at each location, (B, K, h, w); they add up to 1 over K."""
        return self.log_responsibilities.exp()

    def expected(self) -> Tensor:
        """Return the mean of the mixture at each location, (B, d, h, w)."""
        return self._mix(self.mean)

    def rsample(self) -> Tensor:
        """Draw each component once an image and mix them, (B, d, h, w), differentiably.

        This is sum_k pi_k z_k with z_k ~ N_k, not a draw from one component a location: one draw
        serves a whole segment, so the noise respects the structure of the image.
        """
        noise = torch.randn_like(self.mean)
        return self._mix(self.mean + (0.5 * self.log_var).exp() * noise)

    def log_prob(self, z: Tensor) -> Tensor:
        """Return the log-density of z, (B, d, h, w), at its location, (B, h, w)."""
        mean, log_var = (parameter[..., None, None] for parameter in (self.mean, self.log_var))
        squared = (z.unsqueeze(1) - mean).square() * (-log_var).exp()
        components = -0.5 * (squared + log_var + math.log(2 * math.pi)).sum(2)
        return (self.log_responsibilities + components).logsumexp(1)

    def kl_bound(self, other: 'GaussianMixture') -> Tensor:
        """Bound KL(self || other) at each location from above, (B, h, w).

        KL(pi || pi') + sum_k pi_k KL(N_k || N'_k), components paired by their number: by the chain
        rule the divergence of component and value together, which is no less than that of the value
        alone. It is 0 for equal mixtures. It holds for one draw a location from `log_prob`.
        """
        difference = self.log_responsibilities - other.log_responsibilities
        categorical = (self.responsibilities * difference).sum(1)
        variance_ratio = self.log_var - other.log_var
        distance = (self.mean - other.mean).square() * (-other.log_var).exp()
        gaussian = 0.5 * (variance_ratio.exp() + distance - 1 - variance_ratio).sum(2)
        return categorical + (self.responsibilities * gaussian[..., None, None]).sum(1)

    def usage(self) -> Tensor:
        """Return the share of the locations that each component has in the batch, (K,)."""
        return self.responsibilities.mean((0, 2, 3))

    def _mix(self, values: Tensor) -> Tensor:
        mixed = product_in_full_precision(values.transpose(1, 2), self.responsibilities.flatten(2))
        return mixed.unflatten(2, self.responsibilities.shape[2:])


def product_in_full_precision(first: Tensor, second: Tensor) -> Tensor:
    """Compute first @ second in float32 at least, which autocast would do in half precision."""
    with torch.autocast(first.device.type, enabled=False):
        return full_precision(first) @ full_precision(second)


def effective_components(usage: Tensor) -> Tensor:
    """Return exp(entropy) of a usage (K,): K where all are used alike, 1 where one has all.

    Example:
        >>> effective_components(torch.tensor([0.25, 0.25, 0.25, 0.25]))
        tensor(4.)
    """
    return torch.special.entr(usage).sum().exp()


def full_precision(values: Tensor) -> Tensor:
    """Return float64 as it is and everything else as float32."""
    return values if values.dtype == torch.float64 else values.float()
