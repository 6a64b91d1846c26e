"""The metric, the hooks and the optimizer wrapper: importing registers them in mmseg."""

from mmseg_ext.training.bfloat16 import BFloat16OptimWrapper
from mmseg_ext.training.hooks import (
    AtomicCheckpointHook,
    BadSampleHook,
    CalibrationHook,
    ChannelsLastHook,
    ExactResumeHook,
    NonFiniteHook,
)
from mmseg_ext.training.reporting.per_class_iou import PerClassIoU

__all__ = [
    'AtomicCheckpointHook',
    'BFloat16OptimWrapper',
    'BadSampleHook',
    'CalibrationHook',
    'ChannelsLastHook',
    'ExactResumeHook',
    'NonFiniteHook',
    'PerClassIoU',
]
