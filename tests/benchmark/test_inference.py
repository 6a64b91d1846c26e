"""Real small predictions in turn; of the times only that they add up."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.model import revert_sync_batchnorm
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS

from mmseg_debias import main
from mmseg_ext.benchmark.inference import (
    Contestant,
    inference_table,
    of_checkpoint,
    time_inference,
)
from mmseg_ext.benchmark.input_images import drawn, first_of_test_set

TINY = Path(__file__).parents[1] / 'tools' / 'tiny_camvid.py'


@pytest.fixture
def config(tmp_path):
    """The tiny model, whose test set is one photo without labels that is resized."""
    cv2.imwrite(str(tmp_path / 'photo.png'), np.full((60, 80, 3), 90, np.uint8))
    config = Config.fromfile(TINY)
    config.test_dataloader.dataset = dict(
        type='BaseSegDataset',
        data_root=str(tmp_path),
        img_suffix='.png',
        data_prefix=dict(img_path=''),
        metainfo=dict(
            classes=[f'class {k}' for k in range(11)], palette=[[k] * 3 for k in range(11)]
        ),
        test_mode=True,
        pipeline=[
            dict(type='LoadImageFromFile'),
            dict(type='Resize', scale=(40, 32), keep_ratio=True),
            dict(type='LoadAnnotations'),
            dict(type='PackSegInputs'),
        ],
    )
    return config


@pytest.fixture
def checkpoint(config, tmp_path):
    init_default_scope('mmseg')
    model = revert_sync_batchnorm(MODELS.build(config.model))
    file = tmp_path / 'model.pth'
    torch.save(dict(meta={}, state_dict=model.state_dict()), file)
    return str(file)


def test_the_image_is_that_of_a_test(config, tmp_path):
    image = first_of_test_set(config)
    assert image.size == (30, 40)
    assert image.source == f'the first of the test set, {tmp_path / "photo.png"}'
    batch = image.batch(3)
    assert [tuple(each.shape) for each in batch['inputs']] == [(3, 30, 40)] * 3
    assert [sample.ori_shape for sample in batch['data_samples']] == [(60, 80)] * 3
    assert all('gt_sem_seg' not in sample for sample in batch['data_samples'])


def test_models_are_timed_in_turn_after_the_warm_up():
    calls = []

    def contestant(name):
        return Contestant(name, lambda batch: calls.append((name, len(batch['inputs']))))

    result = time_inference([contestant('a'), contestant('b')], drawn(8, 8), (1, 2), 3, 1)
    # The order alternates: of each repeat, and of the one before that is not counted.
    for number, part in ((1, calls[:8]), (2, calls[8:])):
        assert part == [(name, number) for name in 'baabbaab']
    for batch in result['batches']:
        assert [len(row['seconds']) for row in batch['models']] == [3, 3]


def test_figures_and_table(config, checkpoint):
    first = of_checkpoint(config, checkpoint)
    result = time_inference([first, first], first_of_test_set(config), (2,), 5, 1)
    (batch,) = result['batches']
    (one, other), (height, width) = batch['models'], result['setting']['size']
    assert batch['batch_size'] == 2 and (height, width) == (30, 40)
    for row in (one, other):
        ordered = sorted(row['seconds'])
        assert row['percentiles_s']['50'] == ordered[2]
        assert ordered[3] <= row['percentiles_s']['90'] <= row['percentiles_s']['99'] <= ordered[4]
        assert row['images_per_s'] == pytest.approx(2 / ordered[2])
    ratios = np.array(other['seconds']) / np.array(one['seconds'])
    assert other['against_first']['ratio'] == pytest.approx(np.median(ratios))
    assert 'against_first' not in one
    table = inference_table(result)
    assert '| model (1) |' in table and '| model (2) |' in table
    assert f'{np.median(ratios):.3f}' in table
    assert f'{1000 * one["percentiles_s"]["99"]:.1f}' in table
    assert 'input 30x40 (the first of the test set, ' in table
    assert f'{torch.get_num_threads()} threads' in table and checkpoint in table


def test_the_prediction_is_that_of_the_model(config, checkpoint):
    (sample,) = of_checkpoint(config, checkpoint).predict(first_of_test_set(config).batch(1))
    assert sample.pred_sem_seg.shape == (60, 80)
    assert not sample.seg_logits.data.requires_grad


def test_the_command(config, checkpoint, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config.dump('config.py')
    options = ['--repeats', '2', '--warm-up', '0', '--batch', '1', '--json', 'new/figures.json']
    command = ['benchmark', 'inference', 'config.py', checkpoint]
    assert not main([*command, '--size', '24', '40', *options])
    figures = json.loads(Path('new/figures.json').read_text())
    assert figures['setting']['size'] == [24, 40] and figures['setting']['image'] == 'drawn'
    assert [batch['batch_size'] for batch in figures['batches']] == [1]
    shown = capsys.readouterr().out
    assert 'input 24x40 (drawn)' in shown and 'ratio' not in shown
    (tmp_path / 'photo.png').unlink()
    assert main(command) == 2
    assert 'BaseSegDataset in the config finds no samples' in capsys.readouterr().err
