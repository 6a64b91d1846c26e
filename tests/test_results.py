"""The tables of results.md and comparisons.md in docs/study are what the reports there say."""

import re
import runpy
import shlex
import sys
from itertools import takewhile
from pathlib import Path

import pytest

from mmseg_ext.reports import read_evaluation
from mmseg_ext.reports.runs import find_reports

RUN = re.compile(r'(\S+)-(\d+)')
COLUMNS = {
    'mIoU': 'mIoU',
    'tail': 'tail_mIoU',
    'Boundary IoU': 'mBoundaryIoU',
    'Boundary F': 'mBoundaryF',
}


@pytest.fixture
def document(repository):
    return (repository / 'docs/study/results.md').read_text(encoding='utf-8')


@pytest.fixture
def comparisons(repository):
    return (repository / 'docs/study/comparisons.md').read_text(encoding='utf-8')


def test_every_comparison_prints_the_tables_that_the_document_shows(
    repository, comparisons, tmp_path, monkeypatch
):
    commands = re.findall(r'^python (tools/report\.py compare (?:.*\\\n)*.*)$', comparisons, re.M)
    printed = []
    monkeypatch.chdir(repository)
    for command in commands:
        arguments = [*shlex.split(command.replace('\\\n', ' ')), '--out', str(tmp_path)]
        monkeypatch.setattr(sys, 'argv', arguments)
        with pytest.raises(SystemExit) as ended:
            runpy.run_path(arguments[0], run_name='__main__')
        assert ended.value.code == 0, command
        printed += table_rows((tmp_path / 'comparison.md').read_text(encoding='utf-8'))
    assert len(printed) > 100
    assert printed == table_rows(comparisons)


def test_the_summary_is_of_the_comparisons(document, comparisons):
    compared = set()
    for mean, _, _, change, interval, *_ in map(cells, table_rows(comparisons)):
        low_to_high = interval.replace('+', '')
        compared.add((mean, f'{change} ({low_to_high})'))
    summary = table_rows(document.split('## In short', 1)[1].split('###', 1)[0])
    names = cells(summary[0])[1:4]
    assert names == ['mIoU', 'tail mIoU', 'Boundary IoU']
    for row in summary[2:]:
        for name, cell in zip(names, cells(row)[1:4], strict=True):
            assert (name, cell) in compared, row


def test_every_report_is_of_the_config_split_and_seed_that_its_folders_name(repository):
    study = repository / 'docs/study'
    reports = find_reports(study)
    assert reports
    for file in reports:
        machine, *folders, split, run = file.parent.relative_to(study).parts
        variant, seed = RUN.fullmatch(run).groups()
        calibrated = [folder for folder in folders if folder == 'calibrated']
        of_config = [folder for folder in folders if folder != 'calibrated']
        config = '/'.join(['configs/study', *of_config, f'{variant}.py'])
        evaluation = read_evaluation(file)
        assert ('calibration' in evaluation.metadata) == bool(calibrated), file
        assert evaluation.metadata['training_seed'] == int(seed), file
        assert evaluation.metadata['config'] == config, file
        assert (evaluation.metadata['device'] == 'cpu') == (machine != 'gpu'), file
        assert evaluation.metadata['data']['split'] == split, file
        assert (repository / config).is_file(), file


@pytest.mark.parametrize('machine', ['cpu', 'cpu2', 'gpu'])
def test_every_training_is_a_row_of_the_report_that_it_left(repository, document, machine):
    files = find_reports(repository / 'docs/study' / machine / 'test')
    check_rows(document, f'| config, seed ({machine.upper()}) |', files)


@pytest.mark.parametrize(
    ('said', 'folder'), [('', 'test'), (', calibrated', 'calibrated/test')], ids=['', 'calibrated']
)
def test_every_training_from_imagenet_weights_is_a_row_of_the_report_that_it_left(
    repository, document, said, folder
):
    check_rows(
        document,
        f'| config, seed (CPU3, ImageNet weights{said}) |',
        find_reports(repository / 'docs/study/cpu3/pretrained' / folder),
        'pretrained/',
    )


def check_rows(document: str, first_cell: str, files: list[Path], folder: str = '') -> None:
    """Compare the table that begins with a cell with the reports."""
    header = next(line for line in document.splitlines() if line.startswith(first_cell))
    names = [COLUMNS.get(name, f'IoU/{name}') for name in cells(header)[1:]]
    expected = []
    for file in files:
        variant, seed = RUN.fullmatch(file.parent.name).groups()
        scores = read_evaluation(file).scalars()
        cell = f'[{variant}](../../configs/study/{folder}{variant}.py), {seed}'
        expected.append([cell, *(f'{scores[name]:.1f}' for name in names)])
    below = document.split(header, 1)[1].splitlines()[2:]
    assert expected
    assert sorted(map(cells, takewhile(str.strip, below))) == sorted(expected)


def table_rows(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith('|')]


def cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip('|').split('|')]
