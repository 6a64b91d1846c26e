"""Feature selection by the positive part of the classifier's weights."""

import torch
import torch.nn.functional as F
from mmcv.cnn import build_norm_layer
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from mmseg_ext.common.errors import ConfigError


def class_weights(classifier: nn.Conv2d) -> Tensor:
    """Weights of the logit of each class.

    Args:
        classifier: The 1x1 convolution that gives the logits.

    Returns:
        Tensor: Shape (C, D). A classifier with one output (binary segmentation) is read as two
        classes whose logits are minus and plus that output: our decision, since dropping the
        only class would leave nothing to select.
    """
    weight = classifier.weight.flatten(1)
    return torch.cat([-weight, weight]) if len(weight) == 1 else weight


class FeatureSelection(nn.Module):
    """A_s = ReLU(BN(Conv1x1(A * w))), with w the mean of ReLU(W_c) over the kept classes.

    A * ReLU(W_c) is the information that feature A holds about class c: the gradient of its
    logit, kept where it is positive. The selection scales the input channels of the
    convolution instead of A: the same function without another activation to keep (our
    decision). In evaluation mode convolution, selection and normalisation are one convolution.

    A training step that drops a class is normalised by its own statistics, but the running ones
    are those with every class kept, which inference has (our decision: the release takes all steps
    alike, so that at its end, when every step drops a class, they are of features that inference
    never sees).

    Args:
        channels: Channels D of the feature.
        norm_cfg: mmcv's config of a batch normalisation. It is essential: w is tiny when
            the training starts.

    Raises:
        ConfigError: If ``norm_cfg`` is not an affine batch normalisation with running statistics.

    Shape:
        - feature: (B, D, H, W)
        - weights: (C, D), of the classifier; their gradient is kept
        - keep: (C,), 1 for kept classes and 0 for the dropped one; None where all are kept
        - output: (B, D, H, W)

    Source: arXiv 2111.00531, in the form of the released code, whose convolution has a bias.
    """

    def __init__(self, channels: int, norm_cfg: dict):
        super().__init__()
        # A bias, which the normalisation cancels, would only cost precision: w is tiny at first.
        self.conv = nn.Conv2d(channels, channels, 1, bias=False)
        self.norm = build_norm_layer(norm_cfg, channels)[1]
        if not isinstance(self.norm, _BatchNorm):
            raise ConfigError(
                f'class suppression needs a batch normalisation, got norm_cfg={norm_cfg}; set '
                "suppression.norm_cfg=dict(type='BN')"
            )
        if self.norm.weight is None or self.norm.running_var is None:
            raise ConfigError(
                'class suppression needs a batch normalisation with affine=True and '
                f'track_running_stats=True, got norm_cfg={norm_cfg}'
            )

    def forward(self, feature: Tensor, weights: Tensor, keep: Tensor | None) -> Tensor:
        """Select the information about the kept classes."""
        weight = self.selective_weight(weights, keep)
        if self.training:
            mixed = F.conv2d(feature, weight)
            if keep is None:
                return F.relu(self.norm(mixed), inplace=True)
            self._track_statistics(feature, weights)
            return F.relu(self._normalised_untracked(mixed), inplace=True)
        # torch's own fusion helpers cut the gradient, which fine-tuning in eval mode needs.
        norm = self.norm
        scale = norm.weight * (norm.running_var + norm.eps).rsqrt()
        weight = weight * scale.view(-1, 1, 1, 1)
        bias = norm.bias - norm.running_mean * scale
        return F.relu(F.conv2d(feature, weight, bias), inplace=True)

    def selective_weight(self, weights: Tensor, keep: Tensor | None = None) -> Tensor:
        """Return the weight of the convolution with its input channels scaled, (D, D, 1, 1)."""
        informative = weights.relu()
        selection = informative.mean(0) if keep is None else (keep @ informative) / keep.sum()
        return self.conv.weight * selection.view(1, -1, 1, 1)

    @torch.no_grad()
    def _track_statistics(self, feature: Tensor, weights: Tensor) -> None:
        self.norm(F.conv2d(feature, self.selective_weight(weights)))

    def _normalised_untracked(self, mixed: Tensor) -> Tensor:
        self.norm.track_running_stats = False
        try:
            return self.norm(mixed)
        finally:
            self.norm.track_running_stats = True
