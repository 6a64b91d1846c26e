"""The overview of a comparison's page: every change on one axis, the means before the classes."""

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


def mean_changes(axis: Axis, comparison: Comparison) -> list[dict[str, Any] | None]:
    """Return the changes of :data:`MEANS` as they are tested, None of what there is not."""
    found = {row.name: row.tested or row for row in comparison.means}
    return [
        {'name': found[name].name, 'change': _change(axis, found[name])} if name in found else None
        for name in MEANS
    ]


def _change(axis: Axis, row: Difference) -> Change:
    return change_of(axis, row.change, row.interval, row.beyond_noise)
