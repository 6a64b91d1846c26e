"""Counting of predictions, the figures that follow from the counts, and their uncertainty."""

from mmseg_ext.evaluation.confusion import confusion_matrix
from mmseg_ext.evaluation.intervals import Intervals, bootstrap_intervals
from mmseg_ext.evaluation.per_class_iou import PerClassIoU
from mmseg_ext.evaluation.scores import ClassScores

__all__ = ['ClassScores', 'Intervals', 'PerClassIoU', 'bootstrap_intervals', 'confusion_matrix']
