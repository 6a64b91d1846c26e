"""Writes the files of a report."""

from collections.abc import Sequence
from pathlib import Path

from mmseg_ext.common.atomic import atomic_path
from mmseg_ext.evaluation.evaluation import Evaluation
from mmseg_ext.reports.attempts import Attempts
from mmseg_ext.reports.page.html import report_html
from mmseg_ext.reports.pictures.frames_file import FRAMES_NAME, write_frames
from mmseg_ext.reports.pictures.picture import ReportImage
from mmseg_ext.reports.report_file import FILE_NAME, write_evaluation
from mmseg_ext.reports.text import per_class_csv, report_markdown


def write_report(
    evaluation: Evaluation, folder: str | Path, images: Sequence[ReportImage] = ()
) -> list[str]:
    """Write `report.json`, `per_class.csv`, `report.md` and `report.html`.

    Where images are among those that the labels choose, `frames.json` keeps their pictures for
    comparisons.

    Args:
        evaluation: What to report.
        folder: Made where it is missing; files of an older report are replaced.
        images: The images to show in `report.html`.

    Returns:
        list[str]: What of the page could not be drawn, and why.
    """
    write_data(evaluation, folder)
    return write_page(evaluation, folder, images)


def write_data(evaluation: Evaluation, folder: str | Path) -> None:
    """Write `report.json`, from which the others follow, then `per_class.csv` and `report.md`."""
    folder, intervals = Path(folder), evaluation.intervals()
    # Those of an older report would be shown as this one's.
    (folder / FRAMES_NAME).unlink(missing_ok=True)
    write_evaluation(evaluation, folder / FILE_NAME)
    write_text(folder / 'per_class.csv', per_class_csv(evaluation, intervals))
    write_text(folder / 'report.md', report_markdown(evaluation, intervals))


def write_page(
    evaluation: Evaluation, folder: str | Path, images: Sequence[ReportImage] = ()
) -> list[str]:
    """Write `frames.json` and `report.html`; returns what could not be drawn, and why."""
    attempts = Attempts()
    write_frames(evaluation, images, Path(folder) / FRAMES_NAME)
    page = report_html(evaluation, evaluation.intervals(), images, attempts)
    write_text(Path(folder) / 'report.html', page)
    return attempts.failed


def write_text(path: Path, text: str) -> None:
    """Write a text file that appears complete or not at all."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding='utf-8')
