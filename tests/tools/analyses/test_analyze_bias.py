"""The analysis of a trained model, in this process, as the tools start slowly."""

import json
from functools import partial
from pathlib import Path

import cv2
import pytest
import torch

from mmseg_ext.analysis.bias.suppressed_weights import SUPPRESSIONS
from mmseg_ext.commands.analyze_bias import SUPPRESSED

TINY = str(Path(__file__).parents[1] / 'tiny_camvid.py')


@pytest.fixture
def analyze(run_here, monkeypatch, data):
    monkeypatch.setenv('MMSEG_EXT_DATA', str(data))
    return partial(run_here, 'analyze_bias')


def test_two_models_side_by_side(analyze, trained, tested, figures, tmp_path):
    code, written = analyze(
        TINY, trained / 'iter_4.pth', '--vs', TINY, trained / 'iter_2.pth', '--shift-split', 'test',
        '--out', tmp_path / 'bias',
    )  # fmt: skip
    assert code == 0, written.err
    result = json.loads((tmp_path / 'bias' / 'bias.json').read_text())
    assert [Path(model['name']).name for model in result['models']] == ['iter_4.pth', 'iter_2.pth']
    assert result['settings']['suppression'] == 'channels'
    assert result['images'] == result['models'][0]['context_gap']['images'] == 4
    assert cv2.imread(str(tmp_path / 'bias' / 'dependence.png')) is not None
    assert str(tmp_path / 'bias' / 'bias.json') in written.out
    for title in ('off-diagonal', 'disentanglement', 'suppressed', 'Context: kept on the test set'):
        assert title in written.out
    assert result['models'][0]['mean_iou'] == pytest.approx(figures(tested)['mIoU'], abs=1e-3)


def test_a_picture_that_cannot_be_drawn_leaves_the_figures(analyze, trained, tmp_path):
    (tmp_path / 'dependence.png').mkdir()
    code, written = analyze(TINY, trained / 'iter_4.pth', '--out', tmp_path)
    assert code == 0
    assert 'warning: dependence.png: cannot be drawn (IsADirectoryError: ' in written.err
    assert json.loads((tmp_path / 'bias.json').read_text())['classes']
    assert written.out.endswith(f'written: {tmp_path / "bias.json"}\n')


def test_mistakes_end_in_one_line(analyze, trained, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    checkpoint = trained / 'iter_4.pth'
    other = tmp_path / 'other.pth'
    torch.save(dict(state_dict={'backbone.conv1.weight': torch.zeros(1)}), other)
    bare = tmp_path / 'bare.pth'
    torch.save(torch.load(checkpoint, weights_only=False)['state_dict'], bare)
    no_data = variant(tmp_path / 'no_data.py', 'test_dataloader = None')
    no_labels = variant(
        tmp_path / 'no_labels.py',
        "test_dataloader['dataset']['pipeline'] = [dict(type='LoadImageFromFile'),"
        " dict(type='PackSegInputs')]",
    )
    two = 'test_dataloader.dataset.metainfo.classes=[Sky,Road]'
    for arguments, message, expected in (
        ([TINY, 'nothing.pth'], 'no checkpoint file nothing.pth', 2),
        ([TINY, checkpoint, '--vs', TINY, 'none.pth'], 'no checkpoint file none.pth', 2),
        ([TINY, other], 'is not a checkpoint of this model', 2),
        ([TINY, checkpoint, '--shift-split', 'shift'], "split='shift' is not one of 'train'", 2),
        ([no_data, checkpoint], 'lacks test_dataloader; the analysis needs model, test', 2),
        ([TINY, checkpoint, '--cfg-options', two], '2, Sky, Road: ids would mean something', 2),
        ([TINY, bare, '--cfg-options', two], '11 logits, but the test set has 2 classes', 2),
        ([TINY, checkpoint, '--suppress', 'all'], "invalid choice: 'all'", 2),
        ([no_labels, checkpoint], '0.png: no label to compare with', 1),
    ):
        code, written = analyze(*arguments)
        assert message in written.err
        assert code == expected, arguments
        assert 'Traceback' not in written.err
    assert not (tmp_path / 'work_dirs').exists()


def variant(path: Path, line: str) -> Path:
    """The tiny config with a line at its end."""
    path.write_text(f'{Path(TINY).read_text()}\n{line}\n')
    return path


def test_every_way_to_suppress_can_be_chosen():
    assert set(SUPPRESSED) == set(SUPPRESSIONS)
