"""The page and the chart of a context report."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup
from matplotlib.figure import Figure

from mmseg_ext.common.printable import figure_text
from mmseg_ext.reports.page.charts import INK, SERIES, new_axes, to_svg
from mmseg_ext.reports.page.html import render
from mmseg_ext.reports.pictures.picture import Picture

_INCH = 0.24


def splits_chart(figures: Mapping[str, Any]) -> Figure:
    """Draw the recall of the objects with a class beside them, and of those without.

    Args:
        figures: Of a context report, with splits of at least one model: a column for each.
    """
    models = figures['models']
    most = max(len(model['splits']) for model in models)
    figure, axes = new_axes(5.5 * len(models), 1.2 + _INCH * most, len(models))
    for axis, model in zip(axes, models, strict=True):
        splits = model['splits'][::-1]
        for side, (name, colour) in enumerate(zip(('with', 'without'), SERIES, strict=False)):
            values = [split['recall'][side]['value'] for split in splits]
            ends = [split['recall'][side]['interval_95'] for split in splits]
            axis.hlines(
                range(len(splits)), [low for low, _ in ends], [high for _, high in ends],
                color=colour, lw=1.2, alpha=0.6,
            )  # fmt: skip
            axis.plot(values, range(len(splits)), 'o', ms=4, color=colour, label=f'{name} it')
        names = [figure_text(f'{split["class"]}, {split["beside"]}') for split in splits]
        axis.set_yticks(range(len(splits)), names)
        axis.set(xlim=(-2, 102), ylim=(-0.7, len(splits) - 0.3))
        axis.set_xlabel('recall of objects, %, by the class beside them')
        axis.set_title(figure_text(model['name']))
        axis.legend(frameon=False, fontsize=8, labelcolor=INK)
    figure.set_layout_engine('constrained')
    return figure


def splits_svg(figures: Mapping[str, Any]) -> Markup:
    """Draw the chart for a page."""
    return to_svg(splits_chart(figures), 'Recall of objects with and without a class beside them')


def context_html(
    figures: Mapping[str, Any],
    tables: Sequence[tuple[str, list[str], list[list[str]]]],
    chart: Markup | None,
    pictures: Sequence[Picture],
) -> str:
    """Draw the page: the tables, the chart, a picture of each test, and how it was made.

    Args:
        figures: The figures of the report.
        tables: Title, headings and rows of each table.
        chart: The chart of the splits.
        pictures: Those of the tests.
    """
    names = [model['name'] for model in figures['models']]
    return render(
        'context.html.j2',
        title='Context: ' + (' and '.join(names) or figures['settings']['config']),
        images=figures['data']['test']['images'],
        tables=tables,
        chart=chart,
        pictures=pictures,
        facts=list(figures['settings'].items()),
    )
