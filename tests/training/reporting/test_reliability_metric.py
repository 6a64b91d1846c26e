"""Reliability as an option of the metric: scalars, table, report file and page."""

import json

import numpy as np
import pytest
import torch
from mmengine.evaluator import Evaluator
from mmseg.registry import METRICS

from mmseg_ext.common.errors import ConfigError, DataError
from mmseg_ext.evaluation.reliability import count_reliability, score_reliability
from mmseg_ext.reports import read_evaluation
from mmseg_ext.reports.folder import write_report
from mmseg_ext.reports.packed_arrays import pack, unpack

CLASSES = ('road', 'car', 'cyclist')


def samples(count=5):
    generator = torch.Generator().manual_seed(0)
    result = []
    for index in range(count):
        logits = 2 * torch.randn(3, 6, 8, generator=generator)
        label = torch.randint(0, 3, (1, 6, 8), generator=generator)
        label[:, 0] = 255
        result.append(
            dict(
                img_path=f'frames/{index:03d}.jpg',
                seg_logits=dict(data=logits),
                pred_sem_seg=dict(data=logits.argmax(0, keepdim=True)),
                gt_sem_seg=dict(data=label),
            )
        )
    return result


def evaluator(scales=(1.0,)):
    built = Evaluator(METRICS.build(dict(type='PerClassIoU', reliability=True)))
    built.metrics[0].confidence_scales = scales
    built.dataset_meta = dict(classes=CLASSES)
    return built


@pytest.fixture(scope='module')
def evaluated():
    built = evaluator((1.0, 0.5))
    built.process(samples())
    return built.evaluate(5), built.metrics[0].evaluation


def expected(scale):
    counts = []
    for sample in samples():
        probabilities = (scale * sample['seg_logits']['data']).softmax(0).numpy()
        pred, label = (sample[key]['data'][0].numpy() for key in ('pred_sem_seg', 'gt_sem_seg'))
        counts.append(count_reliability(probabilities.max(0), pred, label, 3))
    return score_reliability(sum(counts))


def test_scalars_are_of_the_confidences_as_predicted(evaluated):
    scalars, _ = evaluated
    scores = expected(1)
    assert scalars['ECE'] == pytest.approx(100 * scores.error)
    assert scalars['ECE/cyclist'] == pytest.approx(100 * scores.class_error[2])


def test_each_scale_is_counted(evaluated):
    _, evaluation = evaluated
    assert list(evaluation.reliabilities) == [1.0, 0.5]
    for scale, found in evaluation.reliabilities.items():
        for ours, theirs in zip(found, expected(scale), strict=True):
            np.testing.assert_allclose(ours, theirs)


def test_the_interval_is_over_images(evaluated):
    _, evaluation = evaluated
    rng, errors = np.random.default_rng(0), []
    for _ in range(3000):
        drawn = evaluation.reliability[rng.integers(0, 5, 5), 0].sum(0)
        errors.append(score_reliability(drawn).error)
    ends = np.percentile(errors, [2.5, 97.5])
    np.testing.assert_allclose(evaluation.calibration_intervals(3000)[1.0], ends, atol=0.01)


def test_the_report_keeps_it_and_shows_it(evaluated, tmp_path):
    _, evaluation = evaluated
    write_report(evaluation, tmp_path)
    read = read_evaluation(tmp_path / 'report.json')
    np.testing.assert_array_equal(read.reliability, evaluation.reliability)
    assert read.reliability_scales == (1.0, 0.5)
    content = json.loads((tmp_path / 'report.json').read_text())
    ends = content['intervals_95']['ECE']
    assert ends[0] < content['scores']['ECE'] < ends[1]
    markdown = (tmp_path / 'report.md').read_text()
    assert '## Confidence' in markdown and 'logits × 0.5' in markdown
    page = (tmp_path / 'report.html').read_text()
    assert 'id="confidences"' in page and 'by confidence' in page


@pytest.mark.parametrize(
    ('key', 'value', 'message'),
    [
        ('scales', [], 'reliability.scales: .* instead of a list of numbers above 0'),
        ('scales', [1.0, 1.0], 'reliability.scales: .* instead of each once'),
        ('scales', [1.0], r'reliability.counts.shape: \[5, 2, 3, 3, 15\]'),
        ('counts', 3, 'reliability.counts: 3 instead of an object'),
    ],
)
def test_a_broken_report_is_named(evaluated, tmp_path, key, value, message):
    write_report(evaluated[1], tmp_path)
    file = tmp_path / 'report.json'
    content = json.loads(file.read_text())
    content['reliability'][key] = value
    file.write_text(json.dumps(content))
    with pytest.raises(DataError, match=message):
        read_evaluation(file)


def test_counts_of_other_pixels_are_refused(evaluated, tmp_path):
    write_report(evaluated[1], tmp_path)
    file = tmp_path / 'report.json'
    content = json.loads(file.read_text())
    content['matrices'] = pack(unpack(content['matrices'])[::-1])
    file.write_text(json.dumps(content))
    with pytest.raises(DataError, match='other pixels than the matrices have'):
        read_evaluation(file)


def test_without_logits_there_is_none():
    sample = samples(1)[0]
    del sample['seg_logits']
    with pytest.raises(ConfigError, match='reliability=True needs the logits.*test-time'):
        evaluator().process([sample])
