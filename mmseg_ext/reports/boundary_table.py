"""The boundary quality of one evaluation as text."""

from collections.abc import Mapping

import numpy as np

from mmseg_ext.common.score_names import score_name
from mmseg_ext.evaluation.boundary_quality import BoundaryQuality, width_name, width_text
from mmseg_ext.evaluation.evaluation import Evaluation
from mmseg_ext.reports.table import interval, percent
from mmseg_ext.reports.text_table import TextTable


def boundary_columns(quality: BoundaryQuality) -> dict[str, str]:
    """Return the headings of the scores in a table, with the names of the scores in logs."""
    trimaps = {
        f'within {width_text(width)}': f'TrimapIoU_{width_name(width)}'
        for width in quality.trimap_widths
    }
    return {
        'Boundary IoU': 'BoundaryIoU',
        **trimaps,
        'Precision': 'BoundaryPrecision',
        'Recall': 'BoundaryRecall',
        'F': 'BoundaryF',
    }


def boundary_table(
    evaluation: Evaluation, quality: BoundaryQuality, intervals: Mapping[str, np.ndarray]
) -> TextTable:
    """Make the table of the boundary quality.

    Args:
        evaluation: An evaluation with boundary counts.
        quality: Its `boundary_quality`.
        intervals: Its `boundary_intervals`.

    Returns:
        TextTable: For every class, in percent: Boundary IoU with its 95 % interval, IoU within
        each trimap, precision, recall and F of the boundary; the last row holds the means.
    """
    columns = boundary_columns(quality)
    first, *rest = columns
    table = TextTable(['Class', first, '95 % interval', *rest])
    scalars = evaluation.scalars()
    for label in (*evaluation.classes, None):
        keys = [
            f'm{name}' if label is None else score_name(name, label) for name in columns.values()
        ]
        # Precision and recall have no mean: that of F is the one to read.
        cells = [percent(scalars[key] / 100) if key in scalars else '' for key in keys]
        table.add_row(
            [label or 'mean', cells[0], interval(intervals[keys[0]]), *cells[1:]],
            divider=label == evaluation.classes[-1],
        )
    return table


def boundary_line(quality: BoundaryQuality) -> str:
    """Say at which widths the boundary quality was measured."""
    fractions = [quality.iou_width, *quality.trimap_widths, quality.tolerance]
    unit = " (%: of the image's diagonal)" if min(fractions) < 1 else ''
    return (
        f'Boundary IoU: the pixels within {width_text(quality.iou_width)} inside the boundary of a '
        'class. Within a width: IoU of all pixels up to it on either side of a true boundary. '
        'Precision, recall and F: the boundary itself at a tolerance of '
        f'{width_text(quality.tolerance)}{unit}.'
    )
