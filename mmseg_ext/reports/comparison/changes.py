"""Draws the differences of a comparison with their intervals."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mmseg_ext.common.printable import figure_text
from mmseg_ext.evaluation.comparison.difference import Comparison
from mmseg_ext.reports.page.charts import BETTER, INK, WORSE, new_axes

_AXIS = 'points; a full mark is a "yes" of the table'
_ROW_INCHES = 0.26


def changes_side_by_side(comparisons: Sequence[Comparison]) -> Figure:
    """Draw the differences of several methods with their intervals, on one scale.

    A mark points up where a method is better, and is filled where the table says "yes".

    Args:
        comparisons: Against one baseline.
    """
    names = [_names(comparison) for comparison in comparisons]
    height = 1.0 + _ROW_INCHES * max(map(len, names))
    figure, axes = new_axes(1.6 + 2.4 * len(names), height, len(names))
    for column, (axis, comparison) in enumerate(zip(axes, comparisons, strict=True)):
        axis.sharex(axes[0])
        _draw(axis, comparison)
        axis.set_title(figure_text(comparison.method.name), fontsize=10)
        if column and names[column] == names[column - 1]:
            axis.set_yticklabels([])
    label = f'change against {figure_text(comparisons[0].baseline.name)}, {_AXIS}'
    figure.supxlabel(label, fontsize=10)
    figure.set_layout_engine('constrained')
    return figure


def _names(comparison: Comparison) -> list[str]:
    return [figure_text(row.name) for row in comparison.rows]


def _draw(axis: Axes, comparison: Comparison) -> None:
    for place, row in enumerate(comparison.rows):
        if np.isnan(row.change):
            continue
        colour, marker = (BETTER, '^') if row.change >= 0 else (WORSE, 'v')
        axis.plot(100 * row.interval, [place, place], color=colour, lw=2)
        axis.plot(100 * row.change, place, marker=marker, ms=7, color=colour,
                  markerfacecolor=colour if row.beyond_noise else 'white')  # fmt: skip
    axis.axvline(0, color=INK, lw=0.8)
    axis.axhline(len(comparison.classes) - 0.5, color=INK, lw=0.8, alpha=0.3)
    names = _names(comparison)
    axis.set_yticks(range(len(names)), names)
    axis.set_ylim(len(names) - 0.5, -0.5)
