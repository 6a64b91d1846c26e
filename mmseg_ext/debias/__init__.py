"""Class-suppression feature selection (debiasing) around a decode head.

Chu, Kim, Han: "Learning Debiased and Disentangled Representations for Semantic Segmentation",
NeurIPS 2021, arXiv 2111.00531.
"""

from mmseg_ext.debias.head import ClassSuppressionHead, ClassSuppressionMixin
from mmseg_ext.debias.selection import FeatureSelection, class_weights
from mmseg_ext.debias.suppression import ClassDrop, DropPolicy

__all__ = [
    'ClassDrop',
    'ClassSuppressionHead',
    'ClassSuppressionMixin',
    'DropPolicy',
    'FeatureSelection',
    'class_weights',
]
