"""The boundary quality of one evaluation as text."""

from collections.abc import Mapping

import numpy as np
from prettytable import PrettyTable

from mmseg_ext.evaluation.boundary_quality import width_name
from mmseg_ext.evaluation.evaluation import Evaluation
from mmseg_ext.evaluation.table import interval, percent


def boundary_table(evaluation: Evaluation, intervals: Mapping[str, np.ndarray]) -> str:
    """Draw the table of the boundary quality.

    Args:
        evaluation (Evaluation): An evaluation with boundary counts.
        intervals (Mapping[str, np.ndarray]): Its `boundary_intervals`.

    Returns:
        str: For every class, in percent: Boundary IoU with its 95 % interval, IoU within each
        trimap, precision, recall and F of the boundary; the last row holds the means.

    Raises:
        ValueError: If boundaries were not counted.
    """
    quality = evaluation.boundary_quality
    if quality is None:
        raise ValueError('the evaluation has no boundary counts')
    widths = [width_name(width) for width in quality.trimap_widths]
    table = PrettyTable(
        ['Class', 'Boundary IoU', '95 % interval', *(f'IoU within {width}' for width in widths),
         'Precision', 'Recall', 'F']
    )  # fmt: skip
    table.align = 'r'
    table.align['Class'] = 'l'
    scalars = evaluation.scalars()
    names = ['BoundaryIoU', *(f'TrimapIoU_{width}' for width in widths), 'BoundaryPrecision',
             'BoundaryRecall', 'BoundaryF']  # fmt: skip
    for label in (*evaluation.classes, None):
        keys = [f'm{name}' if label is None else f'{name}.{label}' for name in names]
        # Precision and recall have no mean: that of F is the one to read.
        first, *rest = (percent(scalars[key] / 100) if key in scalars else '' for key in keys)
        table.add_row(
            [label or 'mean', first, interval(intervals[keys[0]]), *rest],
            divider=label == evaluation.classes[-1],
        )
    return (
        f'{table.get_string()}\nboundaries: Boundary IoU within {width_name(quality.iou_width)}, '
        f'precision and recall at a tolerance of {width_name(quality.tolerance)} '
        "(px: pixels, pc: percent of the image's diagonal)"
    )
