"""The losses of the boundary tasks as `loss_decode` modules, and uncertainty weighting."""

import math

import torch
from mmengine.logging import MessageHub
from mmseg.registry import MODELS
from torch import Tensor, nn

from mmseg_ext.boundary.losses import balanced_bce, balanced_cross_entropy, balanced_smooth_l1
from mmseg_ext.common.errors import ConfigError
from mmseg_ext.losses.checks import check_weight
from mmseg_ext.losses.terms import as_scalar


class BalancedLoss(nn.Module):
    """What the task losses share: a balance, a weight and a name in the log.

    Args:
        balance: 0 = every pixel alike, 1 = every present class alike (see `losses`).
        loss_weight: λ of the task.
        loss_name: Name in the log; must start with 'loss_' to be trained on.

    Raises:
        ConfigError: `balance` or `loss_weight` is out of its range.

    Source: class-balanced losses as in HED (Xie and Tu, ICCV 2015); the balance is our decision.
    """

    def __init__(self, balance: float, loss_weight: float, loss_name: str) -> None:
        super().__init__()
        if not 0 <= balance <= 1:
            raise ConfigError(f'balance must lie in [0, 1], got {balance}')
        check_weight(f'{type(self).__name__}: loss_weight', loss_weight)
        self.balance = balance
        self.loss_weight = loss_weight
        self.loss_name = loss_name

    def forward(
        self,
        logits: Tensor,
        target: Tensor,
        weight: Tensor | None = None,
        ignore_index: int = 255,
    ) -> Tensor:
        """Return λ times the loss.

        Args:
            logits: (B, K, H, W), any float dtype.
            target: (B, H, W), as the loss wants it.
            weight: Must be None; mmseg's heads hand over the weights of a pixel sampler here.
            ignore_index: Id of the pixels that do not count.

        Returns:
            Scalar.

        Raises:
            ConfigError: There are weights of pixels.
        """
        if weight is not None:
            raise ConfigError(
                f'{type(self).__name__} weighs the pixels itself; remove the sampler of the head'
            )
        return self.loss_weight * self.balanced(logits, target, ignore_index)

    def balanced(self, logits: Tensor, target: Tensor, ignore_index: int) -> Tensor:
        """Return the loss (scalar) without λ."""
        raise NotImplementedError

    def extra_repr(self) -> str:
        """Show balance and weight."""
        return f'balance={self.balance}, loss_weight={self.loss_weight}'


@MODELS.register_module()
class BalancedBCELoss(BalancedLoss):
    """`losses.balanced_bce` as a module; the loss of `EdgeHead`. Arguments: `BalancedLoss`."""

    def __init__(
        self, balance: float = 1.0, loss_weight: float = 1.0, loss_name: str = 'loss_edge'
    ) -> None:
        super().__init__(balance, loss_weight, loss_name)

    def balanced(self, logits: Tensor, target: Tensor, ignore_index: int) -> Tensor:
        """Return the loss of logits (B, 1, H, W) for a target (B, H, W)."""
        return balanced_bce(logits, target, self.balance, ignore_index)


@MODELS.register_module()
class BalancedCrossEntropyLoss(BalancedLoss):
    """`losses.balanced_cross_entropy` as a module; contours and distance levels.

    Arguments: `BalancedLoss`.
    """

    def __init__(
        self, balance: float = 0.5, loss_weight: float = 1.0, loss_name: str = 'loss_contour'
    ) -> None:
        super().__init__(balance, loss_weight, loss_name)

    def balanced(self, logits: Tensor, target: Tensor, ignore_index: int) -> Tensor:
        """Return the loss of logits (B, K, H, W) for a target (B, H, W)."""
        return balanced_cross_entropy(logits, target, self.balance, ignore_index)


@MODELS.register_module()
class BalancedSmoothL1Loss(BalancedLoss):
    """`losses.balanced_smooth_l1` as a module; distance fractions.

    Args:
        beta: Error at which the square turns into the absolute error.
        balance: See `BalancedLoss`.
        loss_weight: See `BalancedLoss`.
        loss_name: See `BalancedLoss`.

    Raises:
        ConfigError: `beta` or `balance` is out of its range.
    """

    def __init__(
        self,
        beta: float = 0.1,
        balance: float = 0.5,
        loss_weight: float = 1.0,
        loss_name: str = 'loss_distance',
    ) -> None:
        super().__init__(balance, loss_weight, loss_name)
        if not 0 < beta < math.inf:
            raise ConfigError(f'beta must be positive and finite, got {beta}')
        self.beta = beta

    def balanced(self, logits: Tensor, target: Tensor, ignore_index: int) -> Tensor:
        """Return the loss of fractions (B, 1, H, W); negative targets do not count."""
        return balanced_smooth_l1(logits, target, self.beta, self.balance)


@MODELS.register_module()
class UncertaintyWeightedLoss(nn.Module):
    r"""Any loss module, weighted by a learned uncertainty of its task.

    Kendall, Gal and Cipolla, "Multi-Task Learning Using Uncertainty to Weigh Losses", CVPR 2018,
    equation 10, with s = log σ² of the task: exp(-s)·L + s/2. Wrap the loss of *every* task,
    also the `loss_decode` of the main head, so that all weights are learned together:
    `loss_decode=dict(type='UncertaintyWeightedLoss', loss=dict(type='CrossEntropyLoss'))`.

    Differs from the paper: regression tasks use the same form (their factor 1/2 only shifts s by
    a constant), and a batch in which the task has nothing to learn (L = 0, as when every pixel
    is ignored) leaves s alone. The value can be negative. `train/log_variance_<task>` in the log
    is s, the task being the `loss_name` of the wrapped loss: losses that share a name share the
    entry, so give each its own (`loss_name='loss_distance'`). Weight decay would pull s towards
    0: set `paramwise_cfg=dict(custom_keys={'log_variance': dict(decay_mult=0)})`.

    Args:
        loss: Config of the loss; its `loss_weight` should stay 1.
        log_variance: Initial s.

    Raises:
        ConfigError: `log_variance` is not finite.
    """

    def __init__(self, loss: dict, log_variance: float = 0.0) -> None:
        super().__init__()
        if not math.isfinite(log_variance):
            raise ConfigError(
                f'UncertaintyWeightedLoss: log_variance={log_variance}, give a finite number'
            )
        self.loss = MODELS.build(loss)
        self.log_variance = nn.Parameter(torch.tensor(float(log_variance)))

    @property
    def loss_name(self) -> str:
        """Name in the log: that of the wrapped loss."""
        return self.loss.loss_name

    def forward(self, *args: Tensor, **kwargs) -> Tensor:
        """Return exp(-s) · loss + s/2 (scalar) with the wrapped loss's own arguments."""
        value = as_scalar(self.loss(*args, **kwargs))
        task = self.loss_name.removeprefix('loss_')
        MessageHub.get_current_instance().update_scalar(
            f'train/log_variance_{task}', self.log_variance.detach().item()
        )
        penalty = torch.where(value.detach() != 0, self.log_variance / 2, 0)
        return torch.exp(-self.log_variance) * value + penalty
