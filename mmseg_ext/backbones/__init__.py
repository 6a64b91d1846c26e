"""Backbones that mmseg has not, and weights for them and for its own."""

from mmseg_ext.backbones.efficientnet_lite import EfficientNetLite
from mmseg_ext.backbones.packaged_weights import PackagedWeights
from mmseg_ext.common.contributions import WEIGHT_FILES

__all__ = ['EfficientNetLite', 'PackagedWeights']

WEIGHT_FILES.add('PackagedWeights')
