"""The class-dependence matrix as a picture."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.colors import TwoSlopeNorm
from matplotlib.figure import Figure

from mmseg_ext.common.atomic import atomic_path
from mmseg_ext.common.printable import figure_text

_INCH = 0.45
_WRITTEN_CLASSES = 25


def draw_dependence(figures: Mapping[str, Any], path: Path) -> None:
    """Draw the matrix of each model, side by side on one scale, as a PNG.

    Rows are suppressed classes, columns those whose IoU changes, in points. The diagonal, what the
    suppressed class itself loses, is written but left grey: it would drown the rest.

    Args:
        figures: What :func:`~mmseg_ext.analysis.bias.figures.bias_figures` returns.
        path: The file; it appears complete or not at all.
    """
    models, classes = figures['models'], [figure_text(name) for name in figures['classes']]
    changes = [np.array(model['dependence']['change'], dtype=np.float64) for model in models]
    own = np.eye(len(classes), dtype=bool)
    greatest = max(float(np.nanmax(np.abs(np.where(own, 0, change)))) for change in changes)
    scale = TwoSlopeNorm(0, -max(greatest, 1), max(greatest, 1))
    size = 2 + _INCH * len(classes)
    figure = Figure(figsize=(size * len(models) + 1, size), layout='constrained')
    axes = figure.subplots(1, len(models), squeeze=False)[0]
    for axis, model, change in zip(axes, models, changes, strict=True):
        axis.set_facecolor('0.85')
        image = axis.imshow(np.ma.masked_array(change, own | np.isnan(change)), 'RdBu', norm=scale)
        if len(classes) <= _WRITTEN_CLASSES:
            _write_numbers(axis, change, greatest)
        axis.set_xticks(range(len(classes)), classes, rotation=60, ha='right')
        axis.set_yticks(range(len(classes)), classes)
        axis.set(xlabel='change of its IoU, points', ylabel='suppressed class')
        dependence = model['dependence']
        name = figure_text(model['name'])
        axis.set_title(f'{name}\nmean of the others: {dependence["off_diagonal"]:.1f}')
    figure.colorbar(image, ax=axes, shrink=0.8)
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=110, bbox_inches='tight')


def _write_numbers(axis: Any, change: np.ndarray, greatest: float) -> None:
    for (row, column), value in np.ndenumerate(change):
        if not np.isnan(value):
            dark = row != column and abs(value) > 0.6 * greatest
            axis.text(column, row, f'{round(value)}', ha='center', va='center', fontsize=7,
                      color='white' if dark else 'black')  # fmt: skip
