"""A calibrated checkpoint's scale reaches the metric that measures confidences."""

import pytest
import torch
from mmengine.evaluator import Evaluator
from mmseg.registry import METRICS

from mmseg_ext.training.reporting.confidence_scales import take_confidence_scale


@pytest.fixture
def checkpoint(tmp_path):
    def write(**calibration):
        meta = dict(calibration=calibration) if calibration else {}
        torch.save(dict(meta=meta, state_dict=dict(a=torch.zeros(1))), tmp_path / 'a.pth')
        return str(tmp_path / 'a.pth')

    return write


def scales(checkpoint, **options):
    evaluator = Evaluator(METRICS.build(dict(type='PerClassIoU', **options)))
    take_confidence_scale(evaluator, checkpoint)
    return evaluator.metrics[0].confidence_scales


def test_both_scales_of_a_calibrated_one(checkpoint):
    assert scales(checkpoint(scale=0.8), reliability=True) == (1.0, 0.8)


def test_one_where_there_is_no_other(checkpoint):
    assert scales(checkpoint(), reliability=True) == (1.0,)
    assert scales(checkpoint(scale=1.0), reliability=True) == (1.0,)
    assert scales(checkpoint(scale=0.8)) == (1.0,)
