"""Which evaluations a command line names."""

from drawn import draw_evaluation

from mmseg_ext.evaluation import write_evaluation
from mmseg_ext.evaluation.runs import find_report, find_reports


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
