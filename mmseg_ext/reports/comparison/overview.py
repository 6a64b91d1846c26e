"""The overview of a comparison's page: every change on one axis, the means before the classes."""

import math
from collections.abc import Sequence
from typing import Any

from mmseg_ext.evaluation.comparison.difference import Comparison, Difference
from mmseg_ext.reports.page.axis import Axis
from mmseg_ext.reports.page.change import Change, change_of

MEANS = ('mIoU', 'tail mIoU')
"""The means that an overview of several methods shows."""


def axis_of(comparisons: Sequence[Comparison]) -> Axis:
    """Return the one axis on which all differences and their intervals are."""
    rows = [row for comparison in comparisons for row in comparison.rows]
    return Axis.over([value for row in rows for value in (row.change, *row.interval)], zero=True)


def change_rows(axis: Axis, comparison: Comparison) -> list[list[dict[str, Any]]]:
    """Return the rows of the means, and those of the classes.

    Args:
        axis: Of all differences.
        comparison: Whose they are.
    """
    return [
        [{'row': row, 'change': _change(axis, row)} for row in rows]
        for rows in (comparison.mean_rows, comparison.classes)
    ]


def overview(comparisons: Sequence[Comparison]) -> dict[str, Any]:
    """Return the changes of :data:`MEANS` by every method, as they are tested, on one axis.

    Args:
        comparisons: Against one baseline.

    Returns:
        `axis`; `headings`, the name of each mean, with the number of its classes where it is tested
        over the same number for all methods; and `rows`, for each method the changes, None of what
        there is not.
    """
    found = [{row.name: row.tested or row for row in each.means} for each in comparisons]
    shown = [[means.get(name) for name in MEANS] for means in found]
    known = [row for rows in shown for row in rows if row]
    axis = Axis.over([value for row in known for value in (row.change, *row.interval)], zero=True)
    headings = []
    for name, rows in zip(MEANS, zip(*shown, strict=True), strict=True):
        names = {row.name for row in rows if row}
        headings.append(names.pop() if len(names) == 1 else name)
    return {
        'axis': axis,
        'headings': headings,
        'rows': [
            [row and {'name': row.name, 'change': _change(axis, row)} for row in rows]
            for rows in shown
        ],
    }


def _change(axis: Axis, row: Difference) -> Change:
    tested = None if math.isnan(row.p_value) else row.beyond_noise
    return change_of(axis, row.change, row.interval, tested)
