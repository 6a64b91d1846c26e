"""Writes the files of a report."""

from collections.abc import Sequence
from pathlib import Path

from mmseg_ext.data.atomic import atomic_path
from mmseg_ext.evaluation.evaluation import Evaluation
from mmseg_ext.evaluation.report.html import report_html
from mmseg_ext.evaluation.report.pictures import ReportImage
from mmseg_ext.evaluation.report.text import per_class_csv, report_markdown
from mmseg_ext.evaluation.report_file import FILE_NAME, write_evaluation


def write_report(
    evaluation: Evaluation, folder: str | Path, images: Sequence[ReportImage] = ()
) -> None:
    """Write `report.json`, `per_class.csv`, `report.md` and `report.html`.

    Args:
        evaluation (Evaluation): What to report.
        folder (str | Path): Made where it is missing; files of an older report are replaced.
        images (Sequence[ReportImage]): The images to show in `report.html`.
    """
    folder = Path(folder)
    intervals = evaluation.intervals()
    write_text(folder / 'per_class.csv', per_class_csv(evaluation, intervals))
    write_text(folder / 'report.md', report_markdown(evaluation, intervals))
    write_text(folder / 'report.html', report_html(evaluation, intervals, images))
    # Last: what has this file is a whole report.
    write_evaluation(evaluation, folder / FILE_NAME)


def write_text(path: Path, text: str) -> None:
    """Write a text file that appears complete or not at all.

    Of a file name that is not UTF-8, the bytes that are none are written as escapes.
    """
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding='utf-8', errors='backslashreplace')
