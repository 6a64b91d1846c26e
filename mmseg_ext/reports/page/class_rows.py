"""The table of the classes on the page: a row a class, and those of the means below."""

import math
from typing import Any

import numpy as np

from mmseg_ext.evaluation.evaluation import Evaluation, Intervals
from mmseg_ext.reports.page.axis import Axis
from mmseg_ext.reports.table import interval, mean_label


def class_table(evaluation: Evaluation, intervals: Intervals) -> dict[str, Any]:
    """Return the axis, the rows of the classes, and those of the means.

    Args:
        evaluation: What to report.
        intervals: Its 95 % intervals.
    """
    scores, trained = evaluation.scores, evaluation.train_shares or {}
    labelled = ~np.isnan(scores.accuracy)
    axis = Axis.over([*scores.iou, *intervals.iou.flat, *intervals.mean_iou, *intervals.tail_iou])
    rows = [
        {
            'name': name,
            'colour': evaluation.palette[index] if evaluation.palette else None,
            'tail': index in evaluation.tail_ids,
            'trained': trained.get(name, math.nan) / 100,
            'pixels': evaluation.pixel_shares[index],
            'images': evaluation.images_with_class[index],
            **_iou(axis, scores.iou[index], intervals.iou[:, index]),
            'accuracy': scores.accuracy[index],
            'precision': scores.precision[index],
            'f1': scores.f1[index],
        }
        for index, name in enumerate(evaluation.classes)
    ]
    means = [
        {
            'name': mean_label(evaluation),
            **_iou(axis, float(scores.mean_iou), intervals.mean_iou),
            'accuracy': scores.mean_accuracy,
            'precision': _mean_if_all(scores.precision[labelled]),
            'f1': scores.mean_f1,
        }
    ]
    if evaluation.tail:
        tail = evaluation.tail_ids
        means.append(
            {
                'name': 'mean of the tail',
                **_iou(axis, evaluation.tail_iou, intervals.tail_iou),
                'accuracy': _mean(scores.accuracy[tail]),
                'precision': _mean_if_all(scores.precision[tail][labelled[tail]]),
                'f1': _mean(scores.f1[tail]),
            }
        )
    return {'axis': axis, 'rows': rows, 'means': means}


def _iou(axis: Axis, value: float, ends: np.ndarray) -> dict[str, Any]:
    return {'iou': value, 'dot': axis.dot(value, ends), 'interval': interval(ends)}


def _mean(values: np.ndarray) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else math.nan


def _mean_if_all(values: np.ndarray) -> float:
    """Return the mean, NaN where a value is: a class that is never predicted has no precision."""
    return float(values.mean()) if len(values) else math.nan
