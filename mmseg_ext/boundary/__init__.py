"""Boundary tasks: edges, semantic contours and distance transforms beside the segmentation."""

from .heads import ContourHead, DistanceHead, EdgeHead
from .hourglass import HourglassBackbone
from .hourglass_heads import (
    HourglassBranchHead,
    HourglassContourHead,
    HourglassDistanceHead,
    HourglassEdgeHead,
)
from .loss_modules import (
    BalancedBCELoss,
    BalancedCrossEntropyLoss,
    BalancedSmoothL1Loss,
    UncertaintyWeightedLoss,
)
from .metric_hook import BoundaryMetricHook
from .packing import BoundaryDataPreProcessor, PackBoundaryInputs
from .transforms import GenerateBoundaryTargets

__all__ = [
    'BalancedBCELoss', 'BalancedCrossEntropyLoss', 'BalancedSmoothL1Loss',
    'BoundaryDataPreProcessor', 'BoundaryMetricHook', 'ContourHead', 'DistanceHead', 'EdgeHead',
    'GenerateBoundaryTargets', 'HourglassBackbone', 'HourglassBranchHead', 'HourglassContourHead',
    'HourglassDistanceHead', 'HourglassEdgeHead', 'PackBoundaryInputs', 'UncertaintyWeightedLoss',
]
