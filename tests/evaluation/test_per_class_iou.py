"""The metric as mmseg's evaluator calls it."""

import cv2
import numpy as np
import pytest
import torch
from mmengine.evaluator import Evaluator
from mmseg.registry import METRICS

from mmseg_ext.errors import DataError
from mmseg_ext.evaluation import ClassScores, bootstrap_intervals
from mmseg_ext.evaluation.table import per_class_table

CLASSES = ('road', 'car', 'cyclist')


def samples(seed=0, count=4, classes=3):
    rng = np.random.default_rng(seed)
    result = []
    for index in range(count):
        label = rng.integers(0, classes, (1, 20, 30))
        label[rng.random(label.shape) < 0.1] = 255
        result.append(
            dict(
                img_path=f'frames/{index:03d}.jpg',
                pred_sem_seg=dict(data=torch.from_numpy(rng.integers(0, classes, (1, 20, 30)))),
                gt_sem_seg=dict(data=torch.from_numpy(label)),
            )
        )
    return result


def evaluate(batch, **metric):
    evaluator = Evaluator(METRICS.build(dict(type='PerClassIoU', **metric)))
    evaluator.dataset_meta = dict(classes=CLASSES)
    evaluator.process(batch)
    return evaluator.evaluate(len(batch))


def test_scalars_equal_those_of_mmseg():
    batch = samples()
    ours = evaluate(batch)
    reference = METRICS.build(dict(type='IoUMetric'))
    reference.dataset_meta = dict(classes=CLASSES)
    reference.process({}, batch)
    for name, value in reference.evaluate(len(batch)).items():
        assert ours[name] == pytest.approx(value, abs=0.0051), name
    assert {'IoU.cyclist', 'Acc.road'} < set(ours)
    assert ours['mIoU'] == pytest.approx(np.mean([ours[f'IoU.{name}'] for name in CLASSES]))


def test_a_class_that_does_not_occur_is_nan_and_left_out_of_the_mean():
    ours = evaluate(samples(classes=2))
    assert np.isnan(ours['IoU.cyclist'])
    assert ours['mIoU'] == pytest.approx((ours['IoU.road'] + ours['IoU.car']) / 2)


def test_an_id_out_of_range_names_the_image():
    batch = samples()
    batch[2]['gt_sem_seg']['data'][0, 3, 4] = 11
    with pytest.raises(DataError, match=r'frames/002.jpg: label ids \[11\] outside 0..2'):
        evaluate(batch)


def test_a_sample_without_label_names_the_image():
    batch = samples()
    del batch[1]['gt_sem_seg']
    with pytest.raises(DataError, match='frames/001.jpg: no label'):
        evaluate(batch)


def test_predictions_are_written_as_class_ids(tmp_path):
    batch = samples()
    evaluate(batch, output_dir=str(tmp_path / 'out'), keep_results=True)
    written = cv2.imread(str(tmp_path / 'out' / '003.png'), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(written, batch[3]['pred_sem_seg']['data'][0].numpy())


def test_the_table_shows_shares_scores_and_intervals():
    matrices = np.tile(np.array([[6, 2, 0], [1, 3, 0], [0, 0, 0]]), (5, 1, 1))
    total = matrices.sum(0)
    scores = ClassScores.from_confusion(total)
    lines = per_class_table(CLASSES, total, scores, bootstrap_intervals(matrices)).splitlines()
    cells = [[cell.strip() for cell in line.split('|')[1:-1]] for line in lines if '|' in line]
    assert cells[1:] == [
        ['road', '66.67', '66.7', '66.7 to 66.7', '75.0'],
        ['car', '33.33', '50.0', '50.0 to 50.0', '75.0'],
        ['cyclist', '0.00', '-', '-', '-'],
        ['mean of 2 present', '', '58.3', '58.3 to 58.3', '75.0'],
    ]
    assert lines[-1] == 'pixel accuracy 75.0 %'
