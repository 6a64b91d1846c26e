"""The scores have one name wherever a training leaves them; `save_best` takes an older one too."""

import json
from pathlib import Path

import pytest
from mmengine.config import Config
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from mmseg_ext.data.sets.camvid import CamVidDataset
from mmseg_ext.training.runner import build_runner

TINY = Path(__file__).resolve().parents[2] / 'tools' / 'tiny_camvid.py'


@pytest.mark.parametrize('save_best', ['IoU/Road/wet.x', 'IoU.Road/wet.x'])
def test_one_name_in_tensorboard_and_logs(tiny, save_best, monkeypatch):
    whole = Config.fromfile(TINY)
    for key in ('val_evaluator', 'val_cfg', 'val_dataloader'):
        tiny[key] = whole[key]
    renamed = {'Road': 'Road/wet.x'}
    classes = [renamed.get(name, name) for name in CamVidDataset.METAINFO['classes']]
    monkeypatch.setitem(CamVidDataset.METAINFO, 'classes', classes)
    monkeypatch.delitem(CamVidDataset.METAINFO, 'train_shares')
    # mmengine shares a visualizer by its name, with the folder it writes to.
    tiny.visualizer.name = tiny.experiment_name
    tiny.visualizer.vis_backends.append(dict(type='TensorboardVisBackend'))
    tiny.default_hooks.checkpoint.save_best = save_best
    runner = build_runner(tiny)
    runner.train()
    expected = {
        f'{score}/{name}' for score in ('IoU', 'Acc', 'Precision', 'F1') for name in classes
    }
    expected |= {'mIoU', 'mAcc', 'aAcc', 'mF1', 'fwIoU'}

    (log,) = Path(tiny.work_dir).glob('*/vis_data/scalars.json')
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    (logged, *_) = [line for line in lines if 'mIoU' in line]
    assert expected <= set(logged)
    assert not [name for name in logged if name.startswith(('IoU.', 'Acc.', 'Precision.', 'F1.'))]

    events = EventAccumulator(str(log.parent)).Reload()
    assert expected <= set(events.Tags()['scalars'])

    (best,) = Path(tiny.work_dir).glob('best_*')
    assert best.name.startswith('best_IoU.Road_wet.x_iter_')
