"""The table of all reports of a folder."""

import json
import os
import tempfile
from pathlib import Path

import pytest
from drawn import draw_evaluation

from mmseg_ext.reports import write_evaluation
from mmseg_ext.reports.listing import list_reports


@pytest.mark.parametrize(
    'change',
    [
        dict(tail={'classes': ['bike'], 'rule': 'named'}),
        dict(metadata=None),
        dict(metadata={'data': 'val'}),
        dict(classes=['road', 'road', 'car']),
    ],
)
def test_a_broken_report_is_named_below_the_others(tmp_path, change):
    for name in ('a', 'b', 'c'):
        write_evaluation(draw_evaluation(), tmp_path / name / 'report.json')
    file = tmp_path / 'b' / 'report.json'
    file.write_text(json.dumps({**json.loads(file.read_text()), **change}))
    table, unreadable = list_reports(tmp_path)
    rows = [line.split()[1] for line in table.splitlines() if line.startswith('| ')]
    assert rows == ['run', 'a', 'c']
    (problem,) = unreadable
    assert problem.startswith(f'{file}: a broken report')


def rewrite(file: Path, **fields: object) -> None:
    content = json.loads(file.read_text())
    file.write_text(json.dumps({k: v for k, v in (content | fields).items() if v != 'gone'}))


def test_the_interval_is_that_of_the_file(tmp_path):
    file = tmp_path / 'report.json'
    write_evaluation(draw_evaluation(), file)
    drawn = list_reports(tmp_path)[0]
    rewrite(file, intervals_95=dict(mIoU=[10, 20]))
    assert ' 10.0 to 20.0 ' in list_reports(tmp_path)[0]
    # A file of before it was said what is resampled.
    rewrite(file, resampled='gone')
    assert list_reports(tmp_path)[0] == drawn


@pytest.mark.parametrize('interval', [[10], [10, 200], 'wide', [None, 3]])
def test_an_interval_that_is_none_is_named(tmp_path, interval):
    file = tmp_path / 'report.json'
    write_evaluation(draw_evaluation(), file)
    rewrite(file, intervals_95=dict(mIoU=interval))
    (problem,) = list_reports(tmp_path)[1]
    assert problem.startswith(f'{file}: a broken report, intervals_95.mIoU')


def test_a_link_to_nothing_and_a_pipe_are_named(tmp_path):
    write_evaluation(draw_evaluation(), tmp_path / 'a' / 'report.json')
    for name in ('b', 'c'):
        (tmp_path / name).mkdir()
    (tmp_path / 'b' / 'report.json').symlink_to('nowhere')
    os.mkfifo(tmp_path / 'c' / 'report.json')
    assert list_reports(tmp_path)[1] == [
        f'{tmp_path}/b/report.json: no such report', f'{tmp_path}/c/report.json: not a file',
    ]  # fmt: skip


@pytest.fixture
def not_root():
    """Root may read everything."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    yield
    os.seteuid(user)


def test_a_folder_that_cannot_be_searched_is_named(not_root):
    with tempfile.TemporaryDirectory() as folder:
        write_evaluation(draw_evaluation(), Path(folder, 'a', 'report.json'))
        Path(folder, 'locked').mkdir(mode=0)
        table, problems = list_reports(folder)
        assert problems == [f'{folder}/locked: cannot be searched (Permission denied)']
        assert '| a ' in table
