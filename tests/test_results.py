"""The tables of docs/results.md are what the reports in docs/study say, to the last digit."""

import re
import shlex
import subprocess
import sys
from itertools import takewhile

import pytest

from mmseg_ext.evaluation import read_evaluation
from mmseg_ext.evaluation.runs import find_reports

RUN = re.compile(r'(\S+)-(\d+)')
COLUMNS = {
    'mIoU': 'mIoU',
    'tail': 'tail_mIoU',
    'Boundary IoU': 'mBoundaryIoU',
    'Boundary F': 'mBoundaryF',
}


@pytest.fixture
def document(repository):
    return (repository / 'docs/results.md').read_text(encoding='utf-8')


def comparisons(document):
    commands = re.findall(r'^python (tools/report\.py compare (?:.*\\\n)*.*)$', document, re.M)
    return [command for command in commands if 'docs/study/' in command]


def test_every_comparison_prints_the_tables_that_the_document_shows(repository, document, tmp_path):
    commands = comparisons(document)
    assert commands
    for command in commands:
        arguments = [*shlex.split(command.replace('\\\n', ' ')), '--out', str(tmp_path)]
        done = subprocess.run(
            [sys.executable, *arguments], cwd=repository, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        rows = [
            line
            for line in (tmp_path / 'comparison.md').read_text(encoding='utf-8').splitlines()
            if line.startswith('|')
        ]
        assert len(rows) > 10
        for row in rows:
            assert row in document.splitlines(), f'{command}\nprints\n{row}'


def test_every_report_is_of_the_config_split_and_seed_that_its_folders_name(repository):
    study = repository / 'docs/study'
    reports = find_reports(study)
    assert reports
    for file in reports:
        machine, *folders, split, run = file.parent.relative_to(study).parts
        variant, seed = RUN.fullmatch(run).groups()
        config = '/'.join(['configs/study', *folders, f'{variant}.py'])
        evaluation = read_evaluation(file)
        assert evaluation.metadata['training_seed'] == int(seed), file
        assert evaluation.metadata['config'] == config, file
        assert (evaluation.metadata['device'] == 'cpu') == (machine == 'cpu'), file
        assert evaluation.metadata['data']['split'] == split, file
        assert (repository / config).is_file(), file


@pytest.mark.parametrize('machine', ['cpu', 'gpu'])
def test_every_training_is_a_row_of_the_report_that_it_left(repository, document, machine):
    first_cell = f'| config, seed ({machine.upper()}) |'
    header = next(line for line in document.splitlines() if line.startswith(first_cell))
    names = [COLUMNS.get(name, f'IoU.{name}') for name in cells(header)[1:]]
    expected = []
    for file in find_reports(repository / 'docs/study' / machine / 'test'):
        variant, seed = RUN.fullmatch(file.parent.name).groups()
        scores = read_evaluation(file).scalars()
        cell = f'[{variant}](../configs/study/{variant}.py), {seed}'
        expected.append([cell, *(f'{scores[name]:.1f}' for name in names)])
    below = document.split(header, 1)[1].splitlines()[2:]
    assert sorted(map(cells, takewhile(str.strip, below))) == sorted(expected)


def cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip('|').split('|')]
