"""The four branches of the hourglass: semantic, edge, contour and distance.

The semantic branch is the model's `decode_head`, the others its `auxiliary_head`, so the tasks'
branches are dropped at test time.
"""

from collections.abc import Sequence

from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from mmseg.models.utils import resize
from mmseg.registry import MODELS
from torch import Tensor, nn

from mmseg_ext.boundary.hourglass import stage
from mmseg_ext.boundary.tasks import ContourTask, DistanceTask, EdgeTask
from mmseg_ext.common.errors import ConfigError


@MODELS.register_module()
class HourglassBranchHead(BaseDecodeHead):
    """A task's own θ: twice up-sampling and two convolutions, then the output layer.

    Takes the common latent space at stride 4 and predicts at stride 1. Up-sampling is bilinear
    (our decision: pooling indices serve the shared part). On its own it is the semantic branch,
    and like any mmseg head it ends in `cls_seg`.

    Args:
        in_channels: Channels of the latent space, 128 for the full network; several where
            `input_transform` joins levels.
        channels: Channels of the branch, 64 for the full network.
        dropout_ratio: Dropout before the output layer.
        **kwargs: Arguments of mmseg's `BaseDecodeHead`.

    Raises:
        ConfigError: Other convolutions or another activation are asked for.
    """

    def __init__(
        self,
        in_channels: int | Sequence[int],
        channels: int,
        *,
        dropout_ratio: float = 0.0,
        **kwargs,
    ) -> None:
        super().__init__(in_channels, channels, dropout_ratio=dropout_ratio, **kwargs)
        if self.conv_cfg is not None or self.act_cfg != dict(type='ReLU'):
            raise ConfigError(
                f'{type(self).__name__} has plain convolutions with ReLU; remove conv_cfg and '
                'act_cfg'
            )
        self.stages = nn.ModuleList(
            [
                stage(self.in_channels, [channels, channels], self.norm_cfg),
                stage(channels, [channels, channels], self.norm_cfg),
            ]
        )

    def forward(self, inputs: tuple[Tensor, ...]) -> Tensor:
        """Return logits (B, out_channels, 4h, 4w) for a latent space (B, in_channels, h, w)."""
        feature = self._transform_inputs(inputs)
        for layers in self.stages:
            feature = layers(
                resize(feature, scale_factor=2, mode='bilinear', align_corners=self.align_corners)
            )
        return self.cls_seg(feature)


@MODELS.register_module()
class HourglassEdgeHead(EdgeTask, HourglassBranchHead):
    """The edge branch. Arguments: `EdgeTask` and `HourglassBranchHead`."""


@MODELS.register_module()
class HourglassContourHead(ContourTask, HourglassBranchHead):
    """The semantic contour branch. Arguments: `ContourTask` and `HourglassBranchHead`."""


@MODELS.register_module()
class HourglassDistanceHead(DistanceTask, HourglassBranchHead):
    """The distance branch. Arguments: `DistanceTask` and `HourglassBranchHead`."""
