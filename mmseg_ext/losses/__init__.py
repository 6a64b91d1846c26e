"""Losses of the semantic task that serve every method."""

from mmseg_ext.losses.classwise_clipped import ClasswiseClippedLoss
from mmseg_ext.losses.logit_adjusted import LogitAdjustedLoss
from mmseg_ext.losses.weighted_cross_entropy import WeightedCrossEntropyLoss

__all__ = ['ClasswiseClippedLoss', 'LogitAdjustedLoss', 'WeightedCrossEntropyLoss']
