"""Boundary tasks: edges, semantic contours and distance transforms beside the segmentation."""

import re

from mmseg_ext.boundary.heads import ContourHead, DistanceHead, EdgeHead
from mmseg_ext.boundary.hourglass import ExportedMaxUnpool, HourglassBackbone, MaxUnpool
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
from mmseg_ext.common.contributions import (
    EXPORTED_AS,
    HIGHER_IS_BETTER,
    MAPS,
    NEED_LABELS,
    DrawnMap,
)

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

NEED_LABELS.add(GenerateBoundaryTargets.__name__)
MAPS.update(
    gt_edge_map=DrawnMap('edge', 'edges', GenerateBoundaryTargets.__name__),
    gt_contour_map=DrawnMap('contour', 'classes', GenerateBoundaryTargets.__name__),
    gt_distance_map=DrawnMap('distance', 'levels', GenerateBoundaryTargets.__name__),
)
HIGHER_IS_BETTER.append(re.compile(r'(edge|contour|distance)(_\d+)?(?P<separator>[./])\w+'))
EXPORTED_AS[MaxUnpool] = lambda unpool: ExportedMaxUnpool()
