"""Boundary tasks: edges, semantic contours and distance transforms beside the segmentation."""

from mmseg_ext.boundary.heads import ContourHead, DistanceHead, EdgeHead
from mmseg_ext.boundary.hourglass import HourglassBackbone
from mmseg_ext.boundary.hourglass_heads import (
    HourglassBranchHead,
    HourglassContourHead,
    HourglassDistanceHead,
    HourglassEdgeHead,
)
from mmseg_ext.boundary.loss_modules import (
    BalancedBCELoss,
    BalancedCrossEntropyLoss,
    BalancedSmoothL1Loss,
    UncertaintyWeightedLoss,
)
from mmseg_ext.boundary.metric_hook import BoundaryMetricHook
from mmseg_ext.boundary.packing import BoundaryDataPreProcessor, PackBoundaryInputs
from mmseg_ext.boundary.transforms import GenerateBoundaryTargets

__all__ = [
    'BalancedBCELoss',
    'BalancedCrossEntropyLoss',
    'BalancedSmoothL1Loss',
    'BoundaryDataPreProcessor',
    'BoundaryMetricHook',
    'ContourHead',
    'DistanceHead',
    'EdgeHead',
    'GenerateBoundaryTargets',
    'HourglassBackbone',
    'HourglassBranchHead',
    'HourglassContourHead',
    'HourglassDistanceHead',
    'HourglassEdgeHead',
    'PackBoundaryInputs',
    'UncertaintyWeightedLoss',
]
