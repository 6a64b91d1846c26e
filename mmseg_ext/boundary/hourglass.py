"""The shared trunk of the multi-task hourglass: the SegNet-VGG16 layout down to stride 4.

Saire and Ramírez Rivera, IEEE Access 9, 2021, arXiv 2105.13531; block counts as in SegNet
(Badrinarayanan et al., TPAMI 2017). Our decisions: up-sampling by the pooling indices of the
matching encoder stage, and a width multiplier.
"""

import torch
import torch.nn.functional as F
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from mmseg.registry import MODELS
from torch import Tensor, nn

from mmseg_ext.boundary.vgg_weights import load_vgg16_bn
from mmseg_ext.common.errors import ConfigError

ENCODER_CONVS = (2, 2, 3, 3, 3)


@MODELS.register_module()
class HourglassBackbone(BaseModule):
    """Encoder of five VGG16 stages and a decoder of three, shared by all tasks.

    Shape: (B, in_channels, H, W) to four features, of strides 32 (the encoder's end), 16, 8
    and 4, with 8, 8, 4 and 2 times `base_channels` channels; each stride rounds its size down.
    The last one (`in_index=-1`) is the common latent space that the branches start from.

    Args:
        in_channels: Channels of the image.
        base_channels: Channels of the first stage; 64 is VGG16, less is a lighter network.
        norm_cfg: Config of the normalisation.
        init_cfg: dict(type='Pretrained', checkpoint=FILE) loads ImageNet weights of VGG16-BN in
            torchvision's key format into the encoder. Default: Kaiming.

    Raises:
        ConfigError: `base_channels` is not positive, or the file has other weights.

    Source: arXiv 2105.13531, the shared part of its network; how branches and decoder up-sample,
    and the scaling of the width, are our decision (docs/guides/boundary-tasks.md).
    """

    def __init__(
        self,
        in_channels: int = 3,
        base_channels: int = 64,
        norm_cfg: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        norm_cfg = norm_cfg or dict(type='BN', requires_grad=True)
        init_cfg = init_cfg or dict(type='Kaiming', layer='Conv2d')
        checkpoint = None
        if init_cfg['type'] == 'Pretrained':
            checkpoint, init_cfg = init_cfg['checkpoint'], dict(type='Kaiming', layer='Conv2d')
        super().__init__(init_cfg)
        self.checkpoint = checkpoint
        if base_channels < 1:
            raise ConfigError(f'base_channels must be positive, got {base_channels}')
        widths = [base_channels * factor for factor in (1, 2, 4, 8, 8)]
        self.encoder = nn.ModuleList(
            stage(before, [after] * convs, norm_cfg)
            for before, after, convs in zip(
                [in_channels, *widths], widths, ENCODER_CONVS, strict=False
            )
        )
        self.decoder = nn.ModuleList(
            stage(before, [before, before, after], norm_cfg)
            for before, after in zip(widths[:1:-1], widths[-2:0:-1], strict=True)
        )

        self.unpool = MaxUnpool()

    def init_weights(self) -> None:
        """Initialise at random, then load the encoder from the checkpoint if one is given."""
        super().init_weights()
        if self.checkpoint is not None:
            load_vgg16_bn(self.encoder, self.checkpoint)

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        """Return the features of strides 32, 16, 8 and 4."""
        feature, pooled = image, []
        for layers in self.encoder:
            feature = layers(feature)
            size = feature.shape[-2:]
            feature, indices = F.max_pool2d(feature, 2, return_indices=True)
            pooled.append((indices, size))
        features = [feature]
        # The decoder ends at stride 4: the places of the first two poolings are not needed.
        del pooled[: -len(self.decoder)]
        for layers in self.decoder:
            indices, size = pooled.pop()
            features.append(layers(self.unpool(features[-1], indices, size)))
        return tuple(features)


class MaxUnpool(nn.Module):
    """Puts each value where the maximum of its 2×2 window was."""

    def forward(self, feature: Tensor, indices: Tensor, size: torch.Size) -> Tensor:
        """Return (B, C, *size) of a feature (B, C, h, w) and the indices of its pooling."""
        refused = torch.are_deterministic_algorithms_enabled()
        warn_only = torch.is_deterministic_algorithms_warn_only_enabled()
        # On a GPU torch refuses by name what varies where windows overlap, and these do not.
        torch.use_deterministic_algorithms(False)
        try:
            return F.max_unpool2d(feature, indices, [2, 2], output_size=size)
        finally:
            torch.use_deterministic_algorithms(refused, warn_only=warn_only)


class ExportedMaxUnpool(nn.Module):
    """What `MaxUnpool` does, by operators that ONNX has; takes more memory."""

    def forward(self, feature: Tensor, indices: Tensor, size: torch.Size) -> Tensor:
        """Return (B, C, *size) of a feature (B, C, h, w) and the indices of its pooling."""
        height, width = size
        rows, columns = (torch.arange(length, device=feature.device) for length in (height, width))
        places = rows[:, None] * width + columns
        values, maxima = (
            _spread(_spread(each, 2, height), 3, width) for each in (feature, indices)
        )
        return torch.where(maxima == places, values, 0.0)


def _spread(values: Tensor, dim: int, length: int) -> Tensor:
    """Repeat each value in its window; what is behind the last window belongs to none."""
    places = torch.arange(length, device=values.device) // 2
    return values.index_select(dim, places.clamp(max=values.shape[dim] - 1))


def stage(in_channels: int, widths: list[int], norm_cfg: dict | None) -> nn.Sequential:
    """Return 3×3 convolutions with normalisation and ReLU, one for each of `widths`."""
    return nn.Sequential(
        *(
            ConvModule(before, after, 3, padding=1, norm_cfg=norm_cfg)
            for before, after in zip([in_channels, *widths], widths, strict=False)
        )
    )
