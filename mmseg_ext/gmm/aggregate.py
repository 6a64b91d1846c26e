"""Fuses the levels of an encoder into the aggregate of the mixture's latents."""

from collections.abc import Sequence

import torch
from mmcv.cnn import ConvModule
from mmseg.models.decode_heads.sep_aspp_head import DepthwiseSeparableASPPModule
from torch import Tensor, nn


class AtrousFusion(nn.Module):
    """Parallel atrous convolutions over the concatenated levels, fused by a 1×1 block.

    DeepLabV3+'s pyramid without its image pooling, whose part the global latent has.

    Args:
        in_channels: Channels of the concatenated levels.
        channels: Channels of each branch and of the output.
        dilations: Rate of each 3×3 branch; 1 is a 1×1 convolution, as in mmseg.
        norm_cfg: Normalisation.

    Shape:
        - input: (B, in_channels, h, w)
        - output: (B, channels, h, w)

    Source: our decision; the pyramid is that of DeepLabV3+ (Chen et al., ECCV 2018).
    """

    def __init__(
        self, in_channels: int, channels: int, dilations: Sequence[int], norm_cfg: dict | None
    ):
        super().__init__()
        self.pyramid = DepthwiseSeparableASPPModule(
            dilations=dilations,
            in_channels=in_channels,
            channels=channels,
            conv_cfg=None,
            norm_cfg=norm_cfg,
            act_cfg=dict(type='ReLU'),
        )
        self.fuse = ConvModule(len(dilations) * channels, channels, 1, norm_cfg=norm_cfg)

    def forward(self, levels: Tensor) -> Tensor:
        """Fuse the concatenated levels."""
        return self.fuse(torch.cat(self.pyramid(levels), dim=1))
