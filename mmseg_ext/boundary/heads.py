"""Edge, contour and distance heads for the features of mmseg's backbones.

Used as ordinary `auxiliary_head` entries::

    auxiliary_head=[
        dict(type='EdgeHead', in_channels=256, in_index=0, channels=64, norm_cfg=norm_cfg),
        dict(type='ContourHead', in_channels=256, in_index=0, channels=64, num_classes=19,
             norm_cfg=norm_cfg),
        dict(type='DistanceHead', in_channels=1024, in_index=2, channels=64, norm_cfg=norm_cfg)]

Several features are taken with `input_transform='resize_concat'`. The body is one 3×3 block and
the 1×1 output layer: the task is there to shape the features below it, not to be good at itself
(our decision). All further arguments are those of mmseg's `FCNHead`.
"""

from mmseg.models import FCNHead
from mmseg.registry import MODELS

from mmseg_ext.boundary.tasks import ContourTask, DistanceTask, EdgeTask


class LightHead(FCNHead):
    """mmseg's `FCNHead`, by default with one convolution and without the input's shortcut."""

    def __init__(
        self, num_convs: int = 1, concat_input: bool = False, dropout_ratio: float = 0.0, **kwargs
    ) -> None:
        super().__init__(
            num_convs=num_convs, concat_input=concat_input, dropout_ratio=dropout_ratio, **kwargs
        )


@MODELS.register_module()
class EdgeHead(EdgeTask, LightHead):
    """Class and instance boundaries. Arguments: `EdgeTask`, and those of mmseg's `FCNHead`."""


@MODELS.register_module()
class ContourHead(ContourTask, LightHead):
    """Boundaries with the class of each of their pixels. Arguments: `ContourTask`, `FCNHead`."""


@MODELS.register_module()
class DistanceHead(DistanceTask, LightHead):
    """Distance to the instance's outside. Arguments: `DistanceTask`, and mmseg's `FCNHead`."""
