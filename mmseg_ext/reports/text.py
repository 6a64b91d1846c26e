"""A report as CSV and as Markdown."""

import math

from mmseg_ext.common.score_names import score_name
from mmseg_ext.evaluation.evaluation import Evaluation, Intervals
from mmseg_ext.reports.boundary_table import boundary_columns, boundary_line, boundary_table
from mmseg_ext.reports.csv_text import CsvText
from mmseg_ext.reports.facts import how_made, title_of
from mmseg_ext.reports.markdown import code, markdown, plain
from mmseg_ext.reports.reliability_table import reliability_line, reliability_table
from mmseg_ext.reports.table import class_table, summary_line

CSV_COLUMNS = (
    'class', 'tail', 'train_pixels', 'pixels', 'images', 'iou', 'iou_low', 'iou_high', 'accuracy',
    'precision', 'f1',
)  # fmt: skip
"""``tail`` is 0 or 1, ``images`` the number of images with the class, all others are percent.

The boundary scores follow by their names in logs, where boundaries were counted."""


_READING = (
    'All in percent. The intervals are 95 % bootstrap intervals over {units}: they say how much '
    'depends on which images were tested, not on the seed of the training. A class without pixels '
    'has a dash and is left out of the means.'
)


def per_class_csv(evaluation: Evaluation, intervals: Intervals) -> str:
    """Return one line a class, unrounded; what a class does not have is empty."""
    writer = CsvText()
    columns = boundary_columns(evaluation.boundary_quality) if evaluation.boundary_quality else {}
    writer.writerow([*CSV_COLUMNS, *columns.values()])
    scalars = evaluation.scalars()
    scores, trained = evaluation.scores, evaluation.train_shares or {}
    for index, name in enumerate(evaluation.classes):
        fractions = (
            scores.iou[index], *intervals.iou[:, index], scores.accuracy[index],
            scores.precision[index], scores.f1[index],
            *(scalars[score_name(column, name)] / 100 for column in columns.values()),
        )  # fmt: skip
        writer.writerow(
            [
                name,
                int(index in evaluation.tail_ids),
                trained.get(name, ''),
                100 * evaluation.pixel_shares[index],
                evaluation.images_with_class[index],
                *('' if math.isnan(value) else 100 * value for value in fractions),
            ]
        )
    return writer.text


def report_markdown(evaluation: Evaluation, intervals: Intervals) -> str:
    """Return the per-class table and how it was made, as Markdown."""
    facts = [f'| {plain(name)} | {code(value)} |' for name, value in how_made(evaluation)]
    parts = [
        f'# {plain(title_of(evaluation))}',
        markdown(class_table(evaluation, intervals)),
        *map(plain, summary_line(evaluation).splitlines()),
        _READING.format(units=evaluation.units.described),
        *_boundaries(evaluation),
        *_reliability(evaluation),
        '\n'.join(['| how it was made | |', '| :--- | :--- |', *facts]),
    ]
    return '\n\n'.join(parts) + '\n'


def _boundaries(evaluation: Evaluation) -> list[str]:
    quality = evaluation.boundary_quality
    if quality is None:
        return []
    table = boundary_table(evaluation, quality, evaluation.boundary_intervals())
    return ['## Boundaries', markdown(table), boundary_line(quality)]


def _reliability(evaluation: Evaluation) -> list[str]:
    if not evaluation.reliabilities:
        return []
    table = markdown(reliability_table(evaluation))
    return ['## Confidence', table, reliability_line(evaluation)]
