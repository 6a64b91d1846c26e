"""Which evaluations a command line names."""

import pytest
from drawn import draw_evaluation

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.reports import write_evaluation
from mmseg_ext.reports.runs import find_report, find_reports, read_method, read_run


def write_report(folder):
    write_evaluation(draw_evaluation(), folder / 'report.json')
    return folder / 'report.json'


def test_linked_runs_are_found(tmp_path):
    elsewhere = write_report(tmp_path / 'disk' / 'run')
    runs = tmp_path / 'runs'
    runs.mkdir()
    (runs / 'linked').symlink_to(elsewhere.parent)
    assert find_reports(runs) == [runs / 'linked' / 'report.json']
    assert find_report(runs) == runs / 'linked' / 'report.json'


def test_a_report_is_found_once_and_under_its_own_path(tmp_path):
    file = write_report(tmp_path / 'z' / 'run')
    (tmp_path / 'latest').symlink_to('z/run')
    (tmp_path / 'a').mkdir()
    (tmp_path / 'a' / 'same').symlink_to('../z')
    assert find_reports(tmp_path) == [file]


def test_links_in_a_circle(tmp_path):
    write_report(tmp_path / 'outside')
    runs = tmp_path / 'runs'
    file = write_report(runs / 'a')
    (runs / 'a' / 'up').symlink_to('..')
    (runs / 'all').symlink_to(tmp_path)
    (runs / 'itself').symlink_to('itself')
    assert find_reports(runs) == [file]


@pytest.mark.parametrize(
    ('text', 'name', 'runs'),
    [
        ('lr=0.1', 'lr=0.1', 1),
        ('lr=0.1,lr=0.2', 'lr=0.1', 2),
        ('low=lr=0.1,lr=0.2', 'low', 2),
        ('=lr=0.1', 'lr=0.1', 1),
    ],
)
def test_an_equals_sign_in_a_path(tmp_path, monkeypatch, text, name, runs):
    monkeypatch.chdir(tmp_path)
    for folder in ('lr=0.1', 'lr=0.2'):
        write_report(tmp_path / folder)
    method = read_method(text)
    assert (method.name, len(method.runs)) == (name, runs)


@pytest.mark.parametrize('text', ['x=', '', 'x=a,'])
def test_an_empty_run_is_refused(tmp_path, monkeypatch, text):
    monkeypatch.chdir(tmp_path)
    write_report(tmp_path)
    write_report(tmp_path / 'a')
    with pytest.raises(ConfigError, match='a run is missing'):
        read_run(text)
