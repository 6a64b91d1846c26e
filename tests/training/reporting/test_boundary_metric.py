"""Boundary quality as an option of the metric: scalars, table, counts and the report."""

import csv
import dataclasses
import json

import cv2
import numpy as np
import pytest
import torch
from mmengine.evaluator import Evaluator
from mmseg.registry import METRICS

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.evaluation.boundary_quality import BoundaryQuality
from mmseg_ext.reports import read_evaluation, write_evaluation
from mmseg_ext.reports.boundary_table import boundary_line, boundary_table
from mmseg_ext.reports.folder import write_report

CLASSES = ('road', 'car', 'cyclist')
SETTINGS = dict(iou_width=0.05, trimap_widths=(1, 3), tolerance=2)


def samples(count=5):
    rng = np.random.default_rng(0)
    result = []
    for index in range(count):
        label = cv2.resize(rng.integers(0, 2, (4, 5)).astype(np.uint8), (30, 20), interpolation=0)
        pred = np.roll(label, 1 + index % 2, axis=1).astype(np.int64)
        label[:3] = 255
        result.append(
            dict(
                img_path=f'frames/{index:03d}.jpg',
                pred_sem_seg=dict(data=torch.from_numpy(pred)[None]),
                gt_sem_seg=dict(data=torch.from_numpy(label)[None]),
            )
        )
    return result


@pytest.fixture(scope='module')
def evaluated():
    """The scalars of the metric, and the evaluation that it keeps."""
    evaluator = Evaluator(METRICS.build(dict(type='PerClassIoU', boundary=SETTINGS)))
    evaluator.dataset_meta = dict(classes=CLASSES)
    evaluator.process(samples())
    return evaluator.evaluate(5), evaluator.metrics[0].evaluation


def test_scalars_are_the_scores_of_the_summed_counts(evaluated):
    scalars, _ = evaluated
    quality = BoundaryQuality(**SETTINGS)
    counts = sum(
        quality.count(s['pred_sem_seg']['data'][0].numpy(), s['gt_sem_seg']['data'][0].numpy(), 3)
        for s in samples()
    )
    expected = quality.score(counts)
    assert scalars['BoundaryIoU/car'] == pytest.approx(100 * expected.boundary_iou[1])
    assert scalars['TrimapIoU_3px/road'] == pytest.approx(100 * expected.trimap_iou[1, 0])
    assert scalars['BoundaryF/car'] == pytest.approx(100 * expected.f_score[1])
    assert np.isnan(scalars['BoundaryIoU/cyclist'])
    both = scalars['BoundaryIoU/road'], scalars['BoundaryIoU/car']
    assert scalars['mBoundaryIoU'] == pytest.approx(np.mean(both))
    assert 0 < scalars['mBoundaryIoU'] < scalars['mIoU']


def test_off_by_default():
    metric = METRICS.build(dict(type='PerClassIoU'))
    metric.dataset_meta = dict(classes=CLASSES)
    metric.process({}, samples())
    assert not any('Boundary' in name for name in metric.evaluate(5))
    assert metric.evaluation.boundary is None
    assert metric.evaluation.boundary_intervals() == {}


def test_intervals_agree_with_a_loop_over_resampled_images(evaluated):
    _, evaluation = evaluated
    rng = np.random.default_rng(1)
    quality = evaluation.boundary_quality
    loop = [
        quality.score(evaluation.boundary[rng.integers(0, 5, 5)].sum(0)).boundary_iou[1]
        for _ in range(3000)
    ]
    ends = evaluation.boundary_intervals(resamples=3000)
    np.testing.assert_allclose(
        ends['BoundaryIoU/car'], np.percentile(loop, [2.5, 97.5]), atol=0.006
    )
    assert np.isnan(ends['BoundaryIoU/cyclist']).all()


def test_the_report_has_settings_counts_scores_and_intervals(evaluated, tmp_path):
    scalars, evaluation = evaluated
    write_evaluation(evaluation, tmp_path / 'report.json')
    content = json.loads((tmp_path / 'report.json').read_text())
    assert content['boundary']['settings'] == {**SETTINGS, 'trimap_widths': [1, 3]}
    assert content['scores']['mBoundaryF'] == pytest.approx(scalars['mBoundaryF'])
    low, high = content['intervals_95']['mTrimapIoU_1px']
    assert low < scalars['mTrimapIoU_1px'] < high
    read = read_evaluation(tmp_path / 'report.json')
    np.testing.assert_equal(read.scalars(), evaluation.scalars())


def test_counts_that_do_not_fit_the_settings_are_refused(evaluated):
    _, evaluation = evaluated
    with pytest.raises(ValueError, match='settings with 10 counts, but boundary counts of shape'):
        dataclasses.replace(evaluation, boundary_settings=dict(trimap_widths=[4]))


def test_the_table(evaluated):
    scalars, evaluation = evaluated
    table = boundary_table(evaluation, evaluation.boundary_quality, evaluation.boundary_intervals())
    assert table.field_names == ['Class', 'Boundary IoU', '95 % interval', 'within 1 px',
                                 'within 3 px', 'Precision', 'Recall', 'F']  # fmt: skip
    rows = table.rows
    assert [row[0] for row in rows] == [*CLASSES, 'mean']
    assert rows[1][1] == f'{scalars["BoundaryIoU/car"]:.1f}'
    assert rows[1][5:] == [
        f'{scalars[f"Boundary{name}/car"]:.1f}' for name in ('Precision', 'Recall', 'F')
    ]
    assert rows[2][1:] == ['-'] * 7
    trimap, f_score = (f'{scalars[name]:.1f}' for name in ('mTrimapIoU_3px', 'mBoundaryF'))
    assert rows[3][4:] == [trimap, '', '', f_score]
    line = boundary_line(evaluation.boundary_quality)
    assert 'within 5 % inside' in line and 'a tolerance of 2 px (%: of' in line


def test_the_files_of_a_report(evaluated, tmp_path):
    scalars, evaluation = evaluated
    write_report(evaluation, tmp_path)
    car = [scalars[f'{name}/car'] for name in ('BoundaryIoU', 'TrimapIoU_1px', 'TrimapIoU_3px')]
    with (tmp_path / 'per_class.csv').open(newline='') as file:
        lines = list(csv.DictReader(file))
    assert float(lines[1]['TrimapIoU_3px']) == pytest.approx(car[2])
    assert lines[2]['BoundaryF'] == ''
    markdown = (tmp_path / 'report.md').read_text()
    assert f'{car[1]:.1f}' in markdown.split('## Boundaries')[1]
    page = (tmp_path / 'report.html').read_text()
    table = page.split('id="boundaries"')[1].split('</table>')[0]
    cells = [f'<td data-key="{value / 100:.6f}">{value:.1f}</td>' for value in car]
    assert f'<th scope="row" data-key="car">car</th>{"".join(cells)}' in table
    assert 'Mean IoU by the width of the trimap' in page


def test_a_report_without_boundaries_has_no_word_of_them(evaluated, tmp_path):
    _, evaluation = evaluated
    write_report(dataclasses.replace(evaluation, boundary=None), tmp_path)
    for name in ('per_class.csv', 'report.md', 'report.html'):
        assert 'oundar' not in (tmp_path / name).read_text()


def test_an_unknown_option_is_refused():
    with pytest.raises(ConfigError, match="boundary has no option 'tolerances', did you mean tol"):
        METRICS.build(dict(type='PerClassIoU', boundary=dict(tolerances=2)))
