"""configs/README.md lists every recipe once, with the figures of its reports."""

import re
from pathlib import Path

import numpy as np
import pytest

from mmseg_ext.commands.parser.recipes import recipe_names
from mmseg_ext.reports import read_evaluation
from mmseg_ext.reports.runs import find_report

MACHINES = {'CPU': 'cpu', 'CPU2': 'cpu2', 'CPU3': 'cpu3', 'GPU': 'gpu'}


@pytest.fixture(scope='module')
def rows(repository) -> dict[str, list[str]]:
    """The cells behind the name of each recipe."""
    text = (repository / 'configs/README.md').read_text(encoding='utf-8')
    found = re.findall(r'^\| \[(\S+)\]\(\S+\) \|(.*)\|$', text, re.M)
    assert len(found) == len(dict(found))
    return {name: [cell.strip() for cell in cells.split('|')] for name, cells in found}


def test_every_recipe_has_a_row(rows):
    assert sorted(rows) == recipe_names()


def test_the_figures_are_those_of_the_reports(rows, repository):
    compared = 0
    for name, (_, trained, figure, _) in rows.items():
        if trained.startswith('as '):
            assert figure == rows[trained.removeprefix('as ')][2], name
            continue
        if not figure:
            continue
        seeds, machine = trained.split(', ')
        folder, variant = re.fullmatch(r'study/((?:\w+/)?)(\S+)', name).groups()
        found = []
        for split in ('val', 'shift') if folder == 'toy_streets/' else ('test',):
            runs = repository / 'docs/study' / MACHINES[machine] / folder / split
            assert count_of(runs, variant) == int(seeds), name
            found.append(means(runs, variant))
        assert figure == ' → '.join(found), name
        compared += 1
    assert compared > 20


def runs_of(folder: Path, variant: str) -> list[Path]:
    return [run for run in folder.iterdir() if re.fullmatch(rf'{variant}-\d', run.name)]


def count_of(folder: Path, variant: str) -> int:
    return len(runs_of(folder, variant))


def means(folder: Path, variant: str) -> str:
    scores = [read_evaluation(find_report(run)).scalars() for run in runs_of(folder, variant)]
    return ' / '.join(
        f'{np.mean([each[key] for each in scores]):.1f}' for key in ('mIoU', 'tail_mIoU')
    )
