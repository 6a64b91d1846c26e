"""A test with mmseg's metric is reported by ours."""

from pathlib import Path

import cv2
import numpy as np

from mmseg_ext.reports import read_evaluation

TINY = Path(__file__).with_name('tiny_camvid.py')


def test_a_report_of_a_config_with_the_metric_of_mmseg(
    run_here, trained, tested, data, tmp_path, monkeypatch
):
    monkeypatch.setenv('MMSEG_EXT_DATA', str(data))
    monkeypatch.setenv('LOCAL_RANK', '0')
    monkeypatch.chdir(tmp_path)
    code, written = run_here(
        'test', TINY, trained / 'iter_4.pth', '--work-dir', 'work', '--report', 'report',
        '--out', 'out', '--cfg-options', 'test_evaluator.type=mmseg.IoUMetric',
        "test_evaluator.iou_metrics=['mIoU','mDice']", f'experiment_name={tmp_path.name}',
        f'visualizer.name={tmp_path.name}',
    )  # fmt: skip
    assert code == 0, written.err
    said = 'for the report, PerClassIoU takes the place of IoUMetric in test_evaluator: it counts'
    assert said in written.out
    ours, before = (
        read_evaluation(folder / 'report.json')
        for folder in (tmp_path / 'report', tested / 'reports/test')
    )
    np.testing.assert_array_equal(ours.matrix, before.matrix)
    assert len(list((tmp_path / 'out').iterdir())) == 4
    for path in (tmp_path / 'out').iterdir():
        theirs = cv2.imread(str(tested / 'out' / path.name), cv2.IMREAD_UNCHANGED)
        np.testing.assert_array_equal(cv2.imread(str(path), cv2.IMREAD_UNCHANGED), theirs)
