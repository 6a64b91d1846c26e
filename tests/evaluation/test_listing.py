"""The table of all reports of a folder."""

import json

import pytest
from drawn import draw_evaluation

from mmseg_ext.evaluation import write_evaluation
from mmseg_ext.evaluation.listing import list_reports


@pytest.mark.parametrize(
    'change',
    [
        dict(tail={'classes': ['bike'], 'rule': 'named'}),
        dict(metadata=None),
        dict(metadata={'data': 'val'}),
    ],
)
def test_a_broken_report_is_named_below_the_others(tmp_path, change):
    for name in ('a', 'b', 'c'):
        write_evaluation(draw_evaluation(), tmp_path / name / 'report.json')
    file = tmp_path / 'b' / 'report.json'
    file.write_text(json.dumps({**json.loads(file.read_text()), **change}))
    lines = list_reports(tmp_path).splitlines()
    assert [line.split()[1] for line in lines if line.startswith('| ')] == ['run', 'a', 'c']
    assert lines[-1].startswith(f'not listed: {file}: a broken report')
