"""The per-class table as text."""

from collections.abc import Sequence

import numpy as np
from prettytable import PrettyTable

from mmseg_ext.evaluation.intervals import Intervals
from mmseg_ext.evaluation.scores import ClassScores


def per_class_table(
    classes: Sequence[str], matrix: np.ndarray, scores: ClassScores, intervals: Intervals
) -> str:
    """Draw the table of one evaluation.

    Args:
        classes (Sequence[str]): The C class names.
        matrix (np.ndarray): Confusion matrix of all images, shape (C, C).
        scores (ClassScores): Its scores.
        intervals (Intervals): Their 95 % intervals over images.

    Returns:
        str: Class, share of the labelled pixels, IoU with its interval and accuracy, in percent;
        the last row holds the means, and absent classes show a dash.
    """
    table = PrettyTable(['Class', 'Pixels %', 'IoU', '95 % interval', 'Acc'])
    table.align = 'r'
    table.align['Class'] = 'l'
    shares = matrix.sum(1) / max(1, matrix.sum())
    for index, name in enumerate(classes):
        table.add_row(
            [
                name,
                f'{100 * shares[index]:.2f}',
                percent(scores.iou[index]),
                interval(intervals.iou[:, index]),
                percent(scores.accuracy[index]),
            ],
            divider=index == len(classes) - 1,
        )
    present = int((~np.isnan(scores.iou)).sum())
    mean = 'mean' if present == len(classes) else f'mean of {present} present'
    table.add_row(
        [
            mean,
            '',
            percent(scores.mean_iou),
            interval(intervals.mean_iou),
            percent(scores.mean_accuracy),
        ]
    )
    return f'{table.get_string()}\npixel accuracy {percent(scores.pixel_accuracy)} %'


def percent(fraction: float | np.ndarray) -> str:
    """Write a fraction as a percentage with one decimal, a dash for NaN."""
    return '-' if np.isnan(fraction) else f'{100 * float(fraction):.1f}'


def interval(ends: np.ndarray) -> str:
    """Write the two ends of an interval of fractions as percentages."""
    return '-' if np.isnan(ends).any() else f'{percent(ends[0])} to {percent(ends[1])}'
