"""Counting of predictions, the figures that follow from the counts, and their uncertainty."""

from mmseg_ext.evaluation.confusion import confusion_matrix
from mmseg_ext.evaluation.evaluation import Evaluation, Intervals
from mmseg_ext.evaluation.scores import ClassScores
from mmseg_ext.evaluation.tail import Tail
from mmseg_ext.reports.report_file import read_evaluation, write_evaluation
from mmseg_ext.training.reporting.per_class_iou import PerClassIoU

__all__ = [
    'ClassScores',
    'Evaluation',
    'Intervals',
    'PerClassIoU',
    'Tail',
    'confusion_matrix',
    'read_evaluation',
    'write_evaluation',
]
