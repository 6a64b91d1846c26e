"""Whether a resumed training is the one that it was: a checkpoint carries what it was made by."""

from mmseg_ext.training.fingerprint.hook import FingerprintHook
from mmseg_ext.training.fingerprint.parts import PARTS

__all__ = ['PARTS', 'FingerprintHook']
