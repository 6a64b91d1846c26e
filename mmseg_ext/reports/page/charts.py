"""The plots of a report, as SVG within the page that takes the colours of its theme."""

import io
import re
from collections.abc import Sequence

import matplotlib
import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from mmseg_ext.common.printable import figure_text, printable
from mmseg_ext.evaluation.boundary_quality import BoundaryQuality, width_name, width_text
from mmseg_ext.evaluation.evaluation import Evaluation
from mmseg_ext.reports.reliability_table import scale_text

# Stands for the colour of the page's text, which CSS calls currentColor.
INK = '#010203'
ACCENT = '#2f7fd6'
CELL = '#1d5fae'
BETTER, WORSE = '#1660b0', '#b03a12'
SERIES = (ACCENT, '#d9822b', '#3a9d5d', '#b04fb0', '#c0473f', '#7f7f7f')
_WRITTEN_CLASSES = 25
_INCH = 0.42


def to_svg(figure: Figure, description: str) -> Markup:
    """Draw a figure as an SVG element without background.

    Args:
        figure: The figure, drawn in :data:`INK` and colours that show on light and dark.
        description: What it shows, for readers of the page that cannot see it.
    """
    text, description = io.StringIO(), printable(description)
    # Text stays text, so that the page's fonts are used; equal figures give equal files.
    with matplotlib.rc_context({'svg.fonttype': 'none', 'svg.hashsalt': description}):
        figure.savefig(
            text, format='svg', transparent=True, bbox_inches='tight', metadata={'Date': None}
        )
    svg = text.getvalue()
    svg = re.sub(r'<metadata>.*?</metadata>', '', svg[svg.index('<svg') :], flags=re.DOTALL)
    svg = re.sub(r'font-family: [^;"]*', 'font-family: inherit', svg).replace(INK, 'currentColor')
    label = Markup('<svg role="img" aria-label="{}"').format(description)
    return Markup(label + Markup(svg.removeprefix('<svg')))


def new_axes(width: float, height: float, columns: int = 1) -> tuple[Figure, list[Axes]]:
    """Return a figure of a size in inches and its axes, in :data:`INK`."""
    figure = Figure(figsize=(width, height))
    axes = [figure.add_subplot(1, columns, column + 1) for column in range(columns)]
    for axis in axes:
        axis.tick_params(colors=INK, labelsize=9)
        axis.spines[['top', 'right']].set_visible(False)
        axis.spines[['left', 'bottom']].set_color(INK)
        for label in (axis.xaxis.label, axis.yaxis.label, axis.title):
            label.set_color(INK)
            label.set_fontsize(10)
    return figure, axes


def confusion_figure(matrix: np.ndarray, classes: Sequence[str]) -> Markup:
    """Draw a confusion matrix whose rows are fractions of the true class, as a heat map.

    Args:
        matrix: Counts, shape (C, C), rows true, columns predicted; rows without pixels stay empty.
        classes: The C names.
    """
    rows = matrix / np.maximum(1, matrix.sum(1, keepdims=True))
    classes = [figure_text(name) for name in classes]
    size = max(3.0, _INCH * len(classes))
    figure, (axis,) = new_axes(size, size)
    written = len(classes) <= _WRITTEN_CLASSES
    for true, predicted in np.argwhere(rows >= 0.005):
        value = rows[true, predicted]
        alpha, text_colour = cell_colours(float(value))
        cell = Rectangle((predicted - 0.5, true - 0.5), 1, 1, color=CELL, lw=0, alpha=alpha)
        axis.add_patch(cell)
        if written:
            axis.text(predicted, true, f'{100 * value:.0f}', ha='center', va='center', fontsize=8,
                      color=text_colour)  # fmt: skip
    axis.set(xlim=(-0.5, len(classes) - 0.5), ylim=(len(classes) - 0.5, -0.5), aspect='equal')
    if written:
        axis.set_xticks(range(len(classes)), classes, rotation=60, ha='right',
                        rotation_mode='anchor')  # fmt: skip
        axis.set_yticks(range(len(classes)), classes)
    axis.set_xlabel('predicted')
    axis.set_ylabel('true')
    return to_svg(figure, 'Confusion matrix: percent of each true class by predicted class')


def cell_colours(share: float) -> tuple[float, str]:
    """Return the opacity of a cell of :data:`CELL`, and the colour of a text that shows on it.

    The root lets one see the small shares: they are the confusions. No opacity lies where neither
    the page's text nor white could be read (a contrast of 4.5), so what is above one half stands
    out.
    """
    if share > 0.5:
        return 0.87 + 0.26 * (share - 0.5), 'white'
    return 0.65 * float(np.sqrt(share / 0.5)), INK


def trimap_figure(evaluation: Evaluation, quality: BoundaryQuality) -> Markup:
    """Draw the mean IoU by the width of the trimap, and the mean IoU of whole images beside it."""
    scalars = evaluation.scalars()
    widths = quality.trimap_widths
    values = [scalars[f'mTrimapIoU_{width_name(width)}'] for width in widths]
    figure, (axis,) = new_axes(4.5, 2.8)
    axis.plot(range(len(widths)), values, color=ACCENT, marker='o', label='within the trimap')
    axis.axhline(scalars['mIoU'], color=INK, ls=':', lw=1.2, label='whole images')
    axis.set_xticks(range(len(widths)), [width_text(width) for width in widths])
    axis.set_xlabel('width of the trimap on each side of a boundary')
    axis.set_ylabel('mean IoU, %')
    axis.legend(frameon=False, fontsize=8, labelcolor=INK)
    return to_svg(figure, 'Mean IoU by the width of the trimap around true boundaries')


def reliability_figure(evaluation: Evaluation) -> Markup:
    """Draw accuracy against confidence for each scale of the logits, and where the pixels are."""
    figure, (axis, shares) = new_axes(7.6, 2.8, columns=2)
    axis.plot([0, 100], [0, 100], color=INK, ls=':', lw=1.2, label='as right as sure')
    for (scale, each), colour in zip(evaluation.reliabilities.items(), SERIES, strict=False):
        seen = each.shares > 0
        sure, right = 100 * each.confidence[seen], 100 * each.accuracy[seen]
        axis.plot(sure, right, color=colour, marker='o', ms=3, label=scale_text(scale))
        shares.plot(sure, 100 * each.shares[seen], color=colour, marker='o', ms=3)
    axis.set(xlim=(0, 100), ylim=(0, 100))
    axis.set_ylabel('right, %')
    shares.set(xlim=(0, 100), ylim=(0, None))
    shares.set_ylabel('pixels, %')
    for part in (axis, shares):
        part.set_xlabel('confidence, %')
    axis.legend(frameon=False, fontsize=8, labelcolor=INK)
    return to_svg(figure, 'Share of right pixels, and share of all pixels, by confidence')
