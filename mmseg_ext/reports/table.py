"""The per-class table of one evaluation as text."""

import math
from collections.abc import Sequence

import numpy as np

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.common.printable import printable
from mmseg_ext.evaluation.evaluation import Evaluation, Intervals
from mmseg_ext.reports.text_table import TextTable


def per_class_table(evaluation: Evaluation, intervals: Intervals) -> str:
    """Draw the table of one evaluation, with a line below for what is not in it."""
    return f'{class_table(evaluation, intervals).get_string()}\n{summary_line(evaluation)}'


def class_table(evaluation: Evaluation, intervals: Intervals) -> TextTable:
    """Make the table of one evaluation.

    Args:
        evaluation: The evaluation.
        intervals: Its 95 % intervals over images.

    Returns:
        TextTable: Class, share of the labelled pixels, IoU with its interval, accuracy, precision
        and F1, in percent; the last rows hold the means, and absent classes show a dash.
    """
    scores = evaluation.scores
    table = TextTable(['Class', 'Pixels %', 'IoU', '95 % interval', 'Acc', 'Precision', 'F1'])
    for index, name in enumerate(evaluation.classes):
        values = (scores.accuracy, scores.precision, scores.f1)
        table.add_row(
            [
                name,
                f'{100 * evaluation.pixel_shares[index]:.2f}',
                percent(scores.iou[index]),
                interval(intervals.iou[:, index]),
                *(percent(value[index]) for value in values),
            ],
            divider=index == len(evaluation.classes) - 1,
        )
    table.add_row(
        [
            mean_label(evaluation),
            '',
            percent(scores.mean_iou),
            interval(intervals.mean_iou),
            percent(scores.mean_accuracy),
            '',
            percent(scores.mean_f1),
        ]
    )
    if evaluation.tail:
        table.add_row(
            ['tail', '', percent(evaluation.tail_iou), interval(intervals.tail_iou), '', '', '']
        )
    return table


def iou_table(headings: Sequence[str]) -> TextTable:
    """Make an empty table whose first column is called IoU and holds names, the others figures.

    Raises:
        ConfigError: If two headings are the same, because a run is called like another or like a
            column.
    """
    headings = ['IoU', *map(printable, headings)]
    repeated = next((name for name in headings if headings.count(name) > 1), None)
    if repeated is not None:
        raise ConfigError(
            f'two columns would be called {repeated!r}: give the runs names of their own, NAME=RUN'
        )
    return TextTable(headings)


def mean_label(evaluation: Evaluation) -> str:
    """Say over how many classes the mean is taken, where not over all."""
    present = evaluation.present
    return 'mean' if present == len(evaluation.classes) else f'mean of {present} present'


def summary_line(evaluation: Evaluation) -> str:
    """Say what no row of the table does: other means, what was resampled, what the tail is."""
    scores = evaluation.scores
    line = (
        f'pixel accuracy {percent(scores.pixel_accuracy)} %, frequency-weighted IoU '
        f'{percent(scores.weighted_iou)} %, {len(evaluation.images)} images'
    )
    if evaluation.drive_pattern is not None:
        line += f'\nintervals: bootstrap over {evaluation.units.described}'
    if evaluation.tail:
        tail = f'tail: {", ".join(evaluation.tail.classes)} ({evaluation.tail.rule})'
        line += f'\n{printable(tail)}'
    return line


def percent(fraction: float | np.ndarray) -> str:
    """Write a fraction as a percentage with one decimal, a dash for NaN."""
    return '-' if np.isnan(fraction) else f'{100 * float(fraction):.1f}'


def signed(fraction: float) -> str:
    """Write a difference of fractions in percent with its sign, a dash for NaN."""
    return '-' if math.isnan(fraction) else format(100 * fraction, '+.1f')


def interval(ends: np.ndarray) -> str:
    """Write the two ends of an interval of fractions as percentages."""
    return '-' if np.isnan(ends).any() else f'{percent(ends[0])} to {percent(ends[1])}'
