"""Weights that are no numbers, and images of another preprocessing, at every command line."""

from pathlib import Path

import pytest
import torch

TINY = Path(__file__).parents[1] / 'tiny_camvid.py'
NAME = 'backbone.layer1.0.conv1.weight'


def spoilt(trained: Path, path: Path, kind: str) -> Path:
    content = torch.load(trained / 'iter_2.pth', weights_only=False)
    weight = content['state_dict'][NAME]
    if kind == 'nan':
        weight[0, 0, 0, 0] = torch.nan
    else:
        content['state_dict'][NAME] = {
            'sparse': weight.to_sparse, 'meta': lambda: weight.to('meta'), 'int': weight.int,
        }[kind]()  # fmt: skip
    torch.save(content, path)
    return path


@pytest.mark.parametrize(
    ('kind', 'message'),
    [
        ('nan', f'1 of the 576 values of {NAME} are NaN or infinite'),
        ('sparse', f'{NAME} is sparse'),
        ('meta', f'{NAME} is without data'),
        ('int', f'{NAME} is of int32 numbers'),
    ],
)
def test_weights_that_are_no_numbers(trained, data, tmp_path, run_here, monkeypatch, kind, message):
    monkeypatch.setenv('MMSEG_EXT_DATA', str(data))
    bad = spoilt(trained, tmp_path / 'bad.pth', kind)
    work = ['--work-dir', tmp_path / 'work']
    commands = [
        ['export_weights', bad],
        ['analyze_bias', TINY, bad, '--out', tmp_path / 'bias'],
        ['test', TINY, bad, *work],
        ['train', TINY, *work, '--resume', bad],
        ['train', TINY, *work, '--cfg-options', f'load_from={bad}'],
    ]
    # What they share is tested with each kind, each of them with one.
    for command in commands if kind == 'nan' else commands[:2]:
        code, written = run_here(*command)
        assert code == 2, (command, written.err)
        assert written.err.splitlines()[-1].startswith(f'error: {bad}: {message}')
    assert not (tmp_path / 'bad_weights.pth').exists()


def test_another_preprocessing_is_named_once(trained, data, tmp_path, run_here, monkeypatch):
    monkeypatch.setenv('MMSEG_EXT_DATA', str(data))
    arguments = ['test', TINY, trained / 'iter_4.pth', '--work-dir', tmp_path]
    code, written = run_here(*arguments, '--cfg-options', 'model.data_preprocessor.mean=[0,0,0]')
    assert code == 0
    assert written.out.count('another preprocessing') == 1
    assert (
        'data_preprocessor.mean was [123.675, 116.28, 103.53] and is [0.0, 0.0, 0.0]' in written.out
    )
    code, written = run_here(*arguments)
    assert code == 0 and 'another preprocessing' not in written.out
