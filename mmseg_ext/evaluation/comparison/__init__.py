"""Evaluations beside each other, and whether their difference is more than noise."""

from mmseg_ext.evaluation.comparison.difference import Comparison, Difference
from mmseg_ext.evaluation.comparison.methods import Method
from mmseg_ext.evaluation.comparison.statistics import compare

__all__ = ['Comparison', 'Difference', 'Method', 'compare']
