"""analyze_dropping: a row a class, of a model with class suppression."""

from functools import partial

import pytest
import torch
from mmengine.config import Config

from mmseg_ext.data import ToyStreetsDataset

CONFIG = 'configs/debias_deeplab.py'


@pytest.fixture
def analyze(run_here, repository, monkeypatch, toy_data):
    monkeypatch.setenv('MMSEG_EXT_DATA', str(toy_data))
    monkeypatch.chdir(repository)
    return partial(run_here, 'analyze_dropping')


@pytest.fixture
def checkpoint(repository, tmp_path):
    """Random weights of the quick start, in which the car alone selects the first channel."""
    from mmengine.registry import init_default_scope
    from mmseg.registry import MODELS

    init_default_scope('mmseg')
    torch.manual_seed(0)
    model = MODELS.build(Config.fromfile(repository / CONFIG).model)
    weight = model.decode_head.conv_seg.weight.data.normal_()
    car = ToyStreetsDataset.METAINFO['classes'].index('car')
    weight[:, 0] = -1
    weight[car] = -1
    weight[car, 0] = 1
    torch.save(dict(state_dict=model.state_dict(), meta={}), tmp_path / 'random.pth')
    return tmp_path / 'random.pth'


def test_a_row_of_every_class(analyze, checkpoint):
    code, written = analyze(CONFIG, checkpoint)
    assert code == 0, written.err
    rows = [
        [cell.strip() for cell in line.split('|')[1:-1]]
        for line in written.out.splitlines()
        if line.startswith('|')
    ]
    heads, rows = rows[0], {name: list(map(percent, cells)) for name, *cells in rows[1:]}
    assert heads == ['class', 'kept', 'dropped', 'left', 'own channels']
    assert tuple(rows) == ToyStreetsDataset.METAINFO['classes']
    assert sum(kept for kept, *_ in rows.values()) == pytest.approx(100, abs=0.1)
    own = {name: share for name, (*_, share) in rows.items()}
    assert own.pop('car') == 100 and max(own.values()) < 50
    for kept, dropped, left, _ in rows.values():
        if kept > 1:
            assert left == pytest.approx(100 * dropped / kept, abs=1.5)


def percent(cell):
    return float(cell.removesuffix('%'))


def test_a_model_that_drops_no_class(analyze, trained, data, monkeypatch):
    monkeypatch.setenv('MMSEG_EXT_DATA', str(data))
    code, written = analyze('tests/tools/tiny_camvid.py', trained / 'iter_4.pth')
    assert code == 2
    assert 'error: FCNHead drops no class' in written.err and 'Traceback' not in written.err


def test_a_test_set_of_other_classes(analyze, checkpoint):
    two = 'test_dataloader.dataset.metainfo.classes=[road,car]'
    code, written = analyze(CONFIG, checkpoint, '--cfg-options', two)
    assert code == 2
    assert 'the model has 12 classes, but the test set has 2' in written.err
