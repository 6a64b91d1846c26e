"""The decoder: skip connections merged with the structured local feature, and the merger."""

from collections.abc import Sequence

from mmcv.cnn import ConvModule, DepthwiseSeparableConvModule, build_norm_layer
from mmseg.models.utils import resize
from torch import Tensor, nn
from torch.nn.functional import relu

from mmseg_ext.gmm.free_sizes import same_size


class SkipMerge(nn.Module):
    """Merges a skip connection with the structured local feature.

    ReLU(norm(W [skip; resized z])) with W a 1×1 convolution. It is computed as W_s skip + resized
    (W_z z): the same function, since a 1×1 convolution and a linear resize commute, without the
    resized and concatenated input (our decision).

    Args:
        channels: Channels of the skip connection and of the output.
        local_channels: Channels d of the local feature; 0 merges nothing.
        norm_cfg: Normalisation.
        align_corners: Of the resize.
    """

    def __init__(
        self, channels: int, local_channels: int, norm_cfg: dict | None, align_corners: bool
    ):
        super().__init__()
        self.skip = nn.Conv2d(channels, channels, 1, bias=norm_cfg is None)
        self.local = nn.Conv2d(local_channels, channels, 1, bias=False) if local_channels else None
        if self.local is not None:
            # A training starts as that of a plain decoder: noise of untrained components only
            # costs (docs/guides/mixture.md).
            nn.init.zeros_(self.local.weight)
        self.norm = build_norm_layer(norm_cfg, channels)[1] if norm_cfg else nn.Identity()
        self.align_corners = align_corners

    def forward(self, skip: Tensor, local: Tensor | None) -> Tensor:
        """Merge (B, channels, H, W) with (B, d, h, w) into (B, channels, H, W)."""
        merged = self.skip(skip)
        if self.local is not None:
            merged = _add_resized(merged, self.local(local), self.align_corners)
        return relu(self.norm(merged))


class MixtureDecoder(nn.Module):
    """Decodes skip connections merged with the local feature, then merges all stages and g.

    A stage is a 3×3 block on the merged skip connection plus the up-sampled stage below it. The
    deepest skip connection is the aggregate itself: with the local feature alone in its place, all
    that the decoder knew of the deepest level were K shares a location (docs/guides/mixture.md).
    The merger is a 3×3 convolution over all stages and g: each stage has its part of the kernel, at
    its own size, and the parts are resized and added up, the deepest first. g, a map of constant
    value that goes on beyond the border, is a bias of each image. All our decision.

    Args:
        num_levels: Skip connections, the aggregate included.
        channels: Channels of the skip connections, the stages and the output.
        local_channels: Channels d of the local feature; 0 goes without.
        global_channels: Dimensions of g; 0 goes without.
        norm_cfg: Normalisation.
        align_corners: Of every resize.
        separable: Whether the 3×3 convolutions are depthwise separable, as DeepLabV3+'s.

    Shape:
        - skips: `num_levels` maps (B, channels, H_i, W_i), the shallowest first
        - local: (B, d, h, w), or None
        - g: (B, global_channels), or None
        - output: (B, channels, H_1, W_1)

    Source: arXiv 2207.09162, the figure; widths and block counts are our decision.
    """

    def __init__(
        self,
        num_levels: int,
        channels: int,
        local_channels: int,
        global_channels: int,
        norm_cfg: dict | None,
        align_corners: bool,
        separable: bool = False,
    ):
        super().__init__()
        self.align_corners = align_corners
        self.merges = nn.ModuleList(
            SkipMerge(channels, local_channels, norm_cfg, align_corners) for _ in range(num_levels)
        )
        block = DepthwiseSeparableConvModule if separable else ConvModule
        self.stages = nn.ModuleList(
            block(channels, channels, 3, padding=1, norm_cfg=norm_cfg) for _ in range(num_levels)
        )
        self.mergers = nn.ModuleList(
            _merger(channels, separable, norm_cfg) for _ in range(num_levels)
        )
        self.from_global = (
            nn.Linear(global_channels, channels, bias=False) if global_channels else None
        )
        if self.from_global is not None:
            nn.init.zeros_(self.from_global.weight)
        self.norm = build_norm_layer(norm_cfg, channels)[1] if norm_cfg else nn.Identity()

    def forward(self, skips: Sequence[Tensor], local: Tensor | None, g: Tensor | None) -> Tensor:
        """Decode into the feature that is classified."""
        stage: Tensor | None = None
        feature: Tensor | None = None
        levels = zip(skips, self.merges, self.stages, self.mergers, strict=True)
        for skip, merge, block, merger in reversed(list(levels)):
            stage = block(_add_resized(merge(skip, local), stage, self.align_corners))
            feature = _add_resized(merger(stage), feature, self.align_corners)
        if self.from_global is not None:
            feature = feature + self.from_global(g)[..., None, None]
        return relu(self.norm(feature))


def _merger(channels: int, separable: bool, norm_cfg: dict | None) -> nn.Conv2d | nn.Sequential:
    """Build one stage's part of the merger, whose normalisation comes after g."""
    bias = norm_cfg is None
    if not separable:
        return nn.Conv2d(channels, channels, 3, padding=1, bias=bias)
    depthwise = ConvModule(channels, channels, 3, padding=1, groups=channels, norm_cfg=norm_cfg)
    return nn.Sequential(depthwise, nn.Conv2d(channels, channels, 1, bias=bias))


def _add_resized(feature: Tensor, deeper: Tensor | None, align_corners: bool) -> Tensor:
    if deeper is None:
        return feature
    size = feature.shape[2:]
    if not same_size(deeper.shape[2:], size):
        deeper = resize(deeper, size=size, mode='bilinear', align_corners=align_corners)
    return feature + deeper
