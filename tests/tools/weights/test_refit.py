"""A last layer is fitted anew, and what is written decides as was promised."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate

from mmseg_ext.calibration.driver.fit_data import open_fit_data
from mmseg_ext.calibration.driver.frozen_features import FrozenFeatures
from mmseg_ext.calibration.driver.frozen_pixels import moments_of_folds, read_pixels
from mmseg_ext.calibration.refit import StyleMoments
from mmseg_ext.common.errors import DataError
from mmseg_ext.models.trained_model import trained_model

TINY = str(Path(__file__).parents[1] / 'tiny_camvid.py')


@pytest.fixture
def refit(run_here, monkeypatch, data):
    monkeypatch.setenv('MMSEG_EXT_DATA', str(data))
    return partial(run_here, 'refit')


@pytest.mark.slow
def test_styles_are_removed_and_the_control_is_beside(refit, run_here, trained, tmp_path):
    checkpoint, out = trained / 'iter_4.pth', tmp_path / 'new' / 'refit.pth'
    code, written = refit(
        TINY, checkpoint, '--out', out, '--remove-style', 'contrast,blur:5', '--balance', '0.5',
        '--keep', '0.7',
    )  # fmt: skip
    assert code == 0, written.err
    assert 'removed: what contrast:3, blur:5 change most, so that 5 of 8 directions' in written.out
    lines = written.out.splitlines()
    assert [line.split(',')[0] for line in lines if 'as it was trained' in line] == ['refit'] * 2
    assert 'calibration of what was fitted anew:' in lines
    assert lines[-1] == f'written: {out}'
    stored, before = (torch.load(path, weights_only=False) for path in (out, checkpoint))
    record = stored['meta']['refit']
    assert record['styles'] == [dict(kind='contrast', severity=3), dict(kind='blur', severity=5)]
    assert record['directions'] == 5 and record['balance'] == 0.5
    assert set(record['expected']) == {'refit', 'refit, styles removed'}
    gained = record['expected']['refit']['mIoU']
    assert gained['after'] > gained['before']
    changed = [
        name
        for name, value in stored['state_dict'].items()
        if not torch.equal(value, before['state_dict'][name])
    ]
    assert changed == record['parameters']
    # Of the 8 channels, 5 directions are seen.
    weight = stored['state_dict'][changed[0]].flatten(1)
    assert torch.linalg.matrix_rank(weight, rtol=1e-4) <= 5
    code, written = run_here('test', TINY, out, '--work-dir', tmp_path / 'test')
    assert code == 0, written.err
    code, written = refit(TINY, out, '--out', tmp_path / 'again.pth')
    assert code == (2 if 'calibration' in stored['meta'] else 0)


def test_without_calibration_it_is_the_fit_alone(refit, trained, tmp_path):
    files = [tmp_path / f'{name}.pth' for name in 'ab']
    for file in files:
        code, written = refit(TINY, trained / 'iter_4.pth', '--out', file, '--no-calibrate')
        assert code == 0, written.err
        assert 'objective' not in written.out
    first, second = (torch.load(file, weights_only=False) for file in files)
    assert 'calibration' not in first['meta']
    for name, value in first['state_dict'].items():
        assert torch.equal(value, second['state_dict'][name])


def test_mistakes_end_in_one_line(refit, trained, tmp_path):
    checkpoint, out = trained / 'iter_4.pth', tmp_path / 'out.pth'
    for arguments, message in (
        (['--remove-style', 'contrst'], "no corruption 'contrst', did you mean contrast?"),
        (['--remove-style', 'blur:9'], 'severity=9, give 1 to 5'),
        (['--keep', '0.01'], '--lambda and --keep: weight=1.0, keep=0.01'),
        (['--keep', '2'], 'must be between 0 and 1'),
        (['--lambda', '-1'], '--lambda and --keep: weight=-1.0'),
        (['--split', 'test'], '--split test: a model that was calibrated'),
        (['--frames', '1'], 'give more --frames'),
        (['--no-calibrate', '--objective', 'mAcc'], 'not allowed with argument'),
    ):
        code, written = refit(TINY, checkpoint, '--out', out, *arguments)
        assert message in written.err, written.err
        assert code == 2 and 'Traceback' not in written.err
    assert refit(TINY, checkpoint, '--out', checkpoint)[0] == 2
    assert not out.exists()


def test_pixels_and_moments_are_of_the_same_places(trained, data, monkeypatch):
    monkeypatch.setenv('MMSEG_EXT_DATA', str(data))
    config = Config.fromfile(TINY)
    model = trained_model(config.model.copy(), str(trained / 'iter_4.pth'))
    frozen = FrozenFeatures(model)
    dataset = open_fit_data(config, str(trained / 'iter_4.pth'), 'train', 11).dataset
    batches = [pseudo_collate([dataset[number]]) for number in range(3)]
    pixels = read_pixels(model, frozen, batches, 3, seed=0)
    for number, places in enumerate(pixels.places):
        labels = dataset[number]['data_samples'].gt_sem_seg.data.flatten().numpy()
        of_frame = pixels.frames == number
        np.testing.assert_array_equal(pixels.labels[of_frame], labels[places])
        assert len(np.unique(places)) == len(places) == (labels != 255).sum()
    # The copies of a frame: itself, and the next one.
    copies = [(batches[number], batches[(number + 1) % 3]) for number in range(3)]
    moments = moments_of_folds(model, frozen, copies, pixels, np.array([0, 1, 0]))
    by_hand = StyleMoments(frozen.channels)
    for number in (0, 2):
        styled = [
            frozen.at(**_inputs(model, batch), pixels=pixels.places[number])
            for batch in copies[number]
        ]
        by_hand.add(pixels.features[pixels.frames == number], np.stack(styled))
    np.testing.assert_allclose(moments[0].total, by_hand.total)
    np.testing.assert_allclose(moments[0].changes, by_hand.changes)

    batches[1]['data_samples'][0].gt_sem_seg.data[0, 0, 0] = 77
    with pytest.raises(DataError, match=r'label ids \[77\] outside 0..10'):
        read_pixels(model, frozen, batches, 3, seed=0)
    for batch in batches:
        batch['data_samples'][0].gt_sem_seg.data[:] = 255
    with pytest.raises(DataError, match='none of the 3 frames has a labelled pixel'):
        read_pixels(model, frozen, batches, 3, seed=0)


def _inputs(model, batch):
    data = model.data_preprocessor(batch, False)
    return dict(inputs=data['inputs'], sample=data['data_samples'][0])
