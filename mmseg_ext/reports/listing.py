"""All evaluations of a folder in one table."""

from pathlib import Path

from mmseg_ext.common.errors import ConfigError, DataError
from mmseg_ext.evaluation.named_data import data_of
from mmseg_ext.reports.report_file import read_headline
from mmseg_ext.reports.runs import find_reports
from mmseg_ext.reports.table import interval, percent
from mmseg_ext.reports.text_table import TextTable


def list_reports(folder: str | Path) -> tuple[str, list[str]]:
    """Draw a table of all reports in a folder and below, with their headline figures.

    Returns:
        The table of those that can be read; and of every other, and of every folder that cannot be
        searched, what is wrong with it.

    Raises:
        ConfigError: If there is no such folder.
        DataError: If there is no report in it.
    """
    table = TextTable(
        [
            'run',
            'data',
            'images',
            'mIoU',
            '95 % interval',
            'over',
            'tail',
            'pixel acc',
            'seed',
            'created',
        ]
    )
    table.align['data'] = 'l'
    if not Path(folder).is_dir():
        raise ConfigError(f'{folder}: no such folder')
    problems: list[str] = []
    files = find_reports(folder, problems)
    if not files and not problems:
        raise DataError(f'{folder}: no report found in it or below')
    for file in files:
        try:
            evaluation, ends = read_headline(file)
        except DataError as error:
            problems.append(str(error))
            continue
        meta = evaluation.metadata
        table.add_row(
            [
                file.parent.relative_to(folder),
                data_of(evaluation),
                len(evaluation.images),
                percent(evaluation.scores.mean_iou),
                interval(ends),
                f'{evaluation.units.count} {evaluation.units.kind}',
                percent(evaluation.tail_iou),
                percent(evaluation.scores.pixel_accuracy),
                _known(meta.get('training_seed')),
                str(meta.get('created', ''))[:16].replace('T', ' '),
            ]
        )
    return table.get_string(), problems


def _known(value: object) -> str:
    return '' if value is None else str(value)
