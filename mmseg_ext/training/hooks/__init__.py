"""Hooks, most of which make trainings survive faults; importing registers them in mmseg."""

from mmseg_ext.training.hooks.atomic_checkpoint import AtomicCheckpointHook
from mmseg_ext.training.hooks.bad_samples import BadSampleHook
from mmseg_ext.training.hooks.calibration import CalibrationHook
from mmseg_ext.training.hooks.channels_last import ChannelsLastHook
from mmseg_ext.training.hooks.exact_resume import ExactResumeHook
from mmseg_ext.training.hooks.non_finite import NonFiniteHook

__all__ = [
    'AtomicCheckpointHook',
    'BadSampleHook',
    'CalibrationHook',
    'ChannelsLastHook',
    'ExactResumeHook',
    'NonFiniteHook',
]
