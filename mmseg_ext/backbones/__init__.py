"""Backbones that mmseg has not, and weights for them and for its own."""

from mmcv.cnn.bricks.conv2d_adaptive_padding import Conv2dAdaptivePadding

from mmseg_ext.backbones.efficientnet_lite import EfficientNetLite
from mmseg_ext.backbones.exported_padding import ExportedAdaptivePadding
from mmseg_ext.backbones.packaged_weights import PackagedWeights
from mmseg_ext.common.contributions import EXPORTED_AS, WEIGHT_FILES

__all__ = ['EfficientNetLite', 'PackagedWeights']

WEIGHT_FILES.add('PackagedWeights')
EXPORTED_AS[Conv2dAdaptivePadding] = ExportedAdaptivePadding
