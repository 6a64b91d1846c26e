"""The report as one page that needs nothing but itself."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined

from mmseg_ext.common.printable import printable_lines
from mmseg_ext.common.score_names import score_name
from mmseg_ext.evaluation.evaluation import Evaluation, Intervals
from mmseg_ext.reports.attempts import Attempts
from mmseg_ext.reports.boundary_table import boundary_columns, boundary_line
from mmseg_ext.reports.facts import how_made, title_of
from mmseg_ext.reports.page.charts import (
    confusion_figure,
    reliability_figure,
    trimap_figure,
)
from mmseg_ext.reports.page.class_rows import class_table
from mmseg_ext.reports.page.confusions import top_confusions
from mmseg_ext.reports.page.curves import curve_figures
from mmseg_ext.reports.page.fitted import fitted_parts
from mmseg_ext.reports.page.frames import image_groups, tail_rule
from mmseg_ext.reports.pictures.picture import ReportImage
from mmseg_ext.reports.reliability_table import reliability_line, scale_text
from mmseg_ext.reports.table import interval, mean_label, percent, signed


def report_html(
    evaluation: Evaluation, intervals: Intervals, images: Sequence[ReportImage], attempts: Attempts
) -> str:
    """Draw the page: summary, table, confusion, images, calibration, curves, and how it was made.

    Args:
        evaluation: What to report.
        intervals: Its 95 % intervals.
        images: The images to show.
        attempts: Draws the figures.
    """
    attempted = attempts.draw
    return render(
        'report.html.j2',
        title=title_of(evaluation),
        created=str(evaluation.metadata.get('created') or '')[:16].replace('T', ' '),
        evaluation=evaluation,
        headlines=_headlines(evaluation, intervals),
        table=class_table(evaluation, intervals),
        boundary=_boundary(evaluation, attempts),
        reliability=_reliability(evaluation, attempts),
        confusion=attempted(
            'the confusion matrix', confusion_figure, evaluation.matrix, evaluation.classes
        ),
        confusions=top_confusions(evaluation),
        groups=image_groups(evaluation, images),
        tail_rule=tail_rule(evaluation),
        fitted=attempted('what was fitted', fitted_parts, evaluation.metadata),
        curves=attempted(
            'the training curves', curve_figures, evaluation.metadata.get('curves') or {}
        ),
        facts=how_made(evaluation),
        config_text=evaluation.metadata.get('config_text'),
    )


def render(template: str, **context: Any) -> str:
    """Fill a template of this package; what it inserts is escaped."""
    environment = Environment(
        loader=PackageLoader('mmseg_ext.reports.page'),
        autoescape=True,
        finalize=_shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {'percent': percent, 'signed': signed, 'sortable': _sortable}
    return environment.get_template(template).render(**context)


def _shown(value: object) -> object:
    """Escape what a browser would obey or could not show; markup is ours and stays."""
    return printable_lines(value) if type(value) is str else value


def _headlines(evaluation: Evaluation, intervals: Intervals) -> list[tuple[str, str, str]]:
    """Name, value and interval of the figures over all classes."""
    scores = evaluation.scores
    mean = mean_label(evaluation).replace('mean', 'mIoU')
    headlines: list[tuple[str, Any, np.ndarray | None]] = [
        (mean, scores.mean_iou, intervals.mean_iou)
    ]
    if evaluation.tail:
        headlines.append(('tail mIoU', evaluation.tail_iou, intervals.tail_iou))
    headlines += [
        ('pixel accuracy', scores.pixel_accuracy, None),
        ('mean accuracy', scores.mean_accuracy, None),
        ('mean F1', scores.mean_f1, None),
        ('frequency-weighted IoU', scores.weighted_iou, None),
    ]
    return [
        (name, percent(value), '' if ends is None else interval(ends))
        for name, value, ends in headlines
    ]


def _boundary(evaluation: Evaluation, attempts: Attempts) -> dict[str, Any] | None:
    """Table and figure of the boundary quality, where it was measured."""
    quality = evaluation.boundary_quality
    if quality is None:
        return None
    columns, scalars = boundary_columns(quality), evaluation.scalars()
    return {
        'columns': list(columns),
        'rows': [
            (name, [scalars[score_name(column, name)] / 100 for column in columns.values()])
            for name in evaluation.classes
        ],
        'mean': [scalars.get(f'm{column}', math.nan) / 100 for column in columns.values()],
        'line': boundary_line(quality),
        'figure': attempts.draw('the IoU by trimap', trimap_figure, evaluation, quality)
        if len(quality.trimap_widths) > 1
        else None,
    }


def _reliability(evaluation: Evaluation, attempts: Attempts) -> dict[str, Any] | None:
    """Table and figure of the confidences, where they were counted."""
    reliabilities = evaluation.reliabilities
    if not reliabilities:
        return None
    precision = evaluation.scores.precision
    return {
        'scales': [scale_text(scale) for scale in reliabilities],
        'rows': [
            (
                name,
                precision[index],
                [
                    value[index]
                    for each in reliabilities.values()
                    for value in (each.class_confidence, each.class_error)
                ],
            )
            for index, name in enumerate(evaluation.classes)
        ],
        'line': reliability_line(evaluation),
        'figure': attempts.draw('the reliability diagram', reliability_figure, evaluation),
    }


def _sortable(value: float | np.ndarray) -> str:
    """Write a number for the page's script, empty for NaN."""
    return '' if np.isnan(value) else f'{float(value):.6f}'
