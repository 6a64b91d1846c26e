"""Backbones that mmseg has not, and weights for them and for its own."""

from mmseg_ext.backbones.efficientnet_lite import EfficientNetLite
from mmseg_ext.backbones.packaged_weights import PackagedWeights

__all__ = ['EfficientNetLite', 'PackagedWeights']
