"""Hardness level: a second head learns which pixels are hard, and their losses weigh more.

Xiao, Zhou, Hu, Hu, Xu: "Not All Pixels Are Equal: Learning Pixel Hardness for Semantic
Segmentation", IJCV 2025, arXiv 2305.08462.
"""

from mmseg_ext.common.contributions import TRAINING_ONLY
from mmseg_ext.hardness.head import HardnessHead, HardnessMixin
from mmseg_ext.hardness.weights import hardness_weights

__all__ = ['HardnessHead', 'HardnessMixin', 'hardness_weights']

TRAINING_ONLY.add('hardness_head')
