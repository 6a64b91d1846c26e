import json
import math
from pathlib import Path

import pytest

from mmseg_ext.errors import DataError
from mmseg_ext.evaluation.comparison import comparison_table, latest_scores

FIRST = {'mIoU': 40.0, 'IoU.road': 80.0, 'IoU.cyclist': 0.0}
SECOND = {'mIoU': 55.0, 'IoU.road': 90.0, 'IoU.cyclist': 20.0}


def leave_test(work_dir: Path, run: str, scores: dict) -> None:
    (work_dir / run).mkdir(parents=True)
    (work_dir / run / f'{run}.json').write_text(json.dumps(scores))


def leave_training(work_dir: Path, run: str, *lines: dict) -> None:
    (work_dir / run / 'vis_data').mkdir(parents=True)
    text = ''.join(json.dumps(line) + '\n' for line in lines)
    (work_dir / run / 'vis_data' / 'scalars.json').write_text(text)


def test_the_newest_test_counts(tmp_path):
    leave_test(tmp_path, '20260101_120000', FIRST)
    leave_test(tmp_path, '20260102_080000', SECOND)
    assert latest_scores(tmp_path) == SECOND


def test_the_last_evaluation_of_a_training_counts(tmp_path):
    leave_training(tmp_path, '20260101_120000', {'loss': 1.0}, FIRST, {'loss': 0.5}, SECOND)
    assert latest_scores(tmp_path) == SECOND


def test_a_newer_run_without_an_evaluation_is_passed_over(tmp_path):
    leave_training(tmp_path, '20260101_120000', {'loss': 1.0}, FIRST)
    leave_training(tmp_path, '20260102_080000', {'loss': 0.9})
    assert latest_scores(tmp_path) == FIRST


def test_an_absent_class_stays_nan(tmp_path):
    leave_test(tmp_path, '20260101_120000', {'mIoU': 1.0, 'IoU.sign': math.nan})
    assert math.isnan(latest_scores(tmp_path)['IoU.sign'])


def test_nothing_evaluated(tmp_path):
    leave_training(tmp_path, '20260101_120000', {'loss': 1.0})
    with pytest.raises(DataError, match='no evaluation found'):
        latest_scores(tmp_path)


def test_table():
    table = comparison_table({'val': SECOND, 'shift': {**FIRST, 'IoU.road': math.nan}})
    assert table.splitlines() == [
        '+---------+------+-------+------------+',
        '| IoU     |  val | shift | difference |',
        '+---------+------+-------+------------+',
        '| road    | 90.0 |     - |          - |',
        '| cyclist | 20.0 |   0.0 |      -20.0 |',
        '+---------+------+-------+------------+',
        '| mean    | 55.0 |  40.0 |      -15.0 |',
        '+---------+------+-------+------------+',
    ]


def test_one_column_has_no_difference():
    assert 'difference' not in comparison_table({'val': FIRST})
