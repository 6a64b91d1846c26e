"""Counting of predictions, the figures that follow from the counts, and their uncertainty."""

from mmseg_ext.evaluation.confusion import confusion_matrix
from mmseg_ext.evaluation.evaluation import Evaluation, Intervals
from mmseg_ext.evaluation.scores import ClassScores
from mmseg_ext.evaluation.tail import Tail

__all__ = [
    'ClassScores',
    'Evaluation',
    'Intervals',
    'Tail',
    'confusion_matrix',
]
