"""A comparison as files: Markdown, CSV, HTML, and a figure."""

from collections.abc import Sequence
from pathlib import Path

from mmseg_ext.common.atomic import atomic_path
from mmseg_ext.evaluation.comparison.difference import Comparison
from mmseg_ext.evaluation.named_data import data_of
from mmseg_ext.reports.attempts import Attempts
from mmseg_ext.reports.comparison.changes import changes_side_by_side
from mmseg_ext.reports.comparison.overview import axis_of, change_rows, overview
from mmseg_ext.reports.comparison.same_frames import FrameSets, same_frames
from mmseg_ext.reports.comparison.tables import (
    comparison_csv,
    comparison_table,
    heading,
    interval_heading,
    probability,
    signed_interval,
    verdict,
    verdict_heading,
    with_spread,
)
from mmseg_ext.reports.comparison.words import findings, how_to_read, limits
from mmseg_ext.reports.facts import how_made
from mmseg_ext.reports.folder import write_text
from mmseg_ext.reports.markdown import markdown, plain
from mmseg_ext.reports.page.html import render

# A title names so many methods.
_NAMED = 4


def write_comparison(
    comparisons: Sequence[Comparison], folder: str | Path, frames: FrameSets | None = None
) -> list[str]:
    """Write `comparison.csv`, `.md`, `.html` and `.png` into a folder, what counts most first.

    Args:
        comparisons: Against one baseline.
        folder: Made where it is missing.
        frames: The pictures that the methods have of the same images.

    Returns:
        What could not be drawn, and why.
    """
    folder, attempts = Path(folder), Attempts()
    write_text(folder / 'comparison.csv', comparison_csv(comparisons))
    write_text(folder / 'comparison.md', _markdown(comparisons))
    write_text(folder / 'comparison.html', comparison_html(comparisons, frames or {}))
    attempts.draw('comparison.png', _write_figure, comparisons, folder / 'comparison.png')
    return attempts.failed


def _write_figure(comparisons: Sequence[Comparison], file: Path) -> None:
    with atomic_path(file) as temporary:
        changes_side_by_side(comparisons).savefig(temporary, format='png')


def comparison_html(comparisons: Sequence[Comparison], frames: FrameSets) -> str:
    """Draw the page of a comparison, with those of the same images that the methods have."""
    axis, first = axis_of(comparisons), comparisons[0].baseline.runs[0]
    return render(
        'comparison.html.j2',
        title=_title(comparisons),
        data=_data(comparisons),
        parts=[
            {
                'name': comparison.method.name,
                'headings': [
                    heading(method.name, len(method.runs))
                    for method in (comparison.baseline, comparison.method)
                ],
                'interval': interval_heading(comparison),
                'verdict': verdict_heading(comparison),
                'findings': findings(comparison),
                'limits': limits(comparison),
                'changes': change_rows(axis, comparison),
                'rows': comparison.classes,
                'means': comparison.mean_rows,
            }
            for comparison in comparisons
        ],
        axis=axis,
        untested=any(mean.tested for comparison in comparisons for mean in comparison.means),
        overview=overview(comparisons),
        tail=first.tail.classes if first.tail else (),
        same=same_frames(comparisons, frames),
        reading=how_to_read(comparisons),
        methods=[
            (heading(method.name, len(method.runs)), [how_made(run) for run in method.runs])
            for method in [comparisons[0].baseline, *(c.method for c in comparisons)]
        ],
        with_spread=with_spread,
        signed_interval=signed_interval,
        probability=probability,
        verdict=verdict,
    )


def _markdown(comparisons: Sequence[Comparison]) -> str:
    parts = [f'# {plain(_title(comparisons))}', plain(_data(comparisons))]
    for comparison in comparisons:
        parts.append(markdown(comparison_table(comparison)))
        parts.append('\n'.join(f'- {plain(sentence)}' for sentence in findings(comparison)))
    return '\n\n'.join([*parts, plain(how_to_read(comparisons))]) + '\n'


def _title(comparisons: Sequence[Comparison]) -> str:
    names = ', '.join(comparison.method.name for comparison in comparisons)
    if len(comparisons) > _NAMED:
        names = f'{len(comparisons)} methods'
    return f'{names} against {comparisons[0].baseline.name}'


def _data(comparisons: Sequence[Comparison]) -> str:
    first = comparisons[0].baseline.runs[0]
    return f'{len(first.images)} images of {data_of(first) or "unnamed data"}'
