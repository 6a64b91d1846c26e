"""The analysis of a trained model, in this process, as the tools start slowly."""

import json
import runpy
import shutil
import sys
from pathlib import Path

import cv2
import pytest
import torch

TINY = str(Path(__file__).with_name('tiny_camvid.py'))


@pytest.fixture
def analyze(repository, monkeypatch, capsys, data):
    """Run the tool; gives its exit code and what it wrote."""
    monkeypatch.setenv('MMSEG_EXT_DATA', str(data))

    def run(*arguments):
        monkeypatch.setattr(sys, 'argv', ['analyze_bias', *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            runpy.run_path(str(repository / 'tools' / 'analyze_bias.py'), run_name='__main__')
        return ended.value.code, capsys.readouterr()

    return run


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


def test_mistakes_end_in_one_line(analyze, trained, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    checkpoint = trained / 'iter_4.pth'
    other = tmp_path / 'other.pth'
    torch.save(dict(state_dict={'backbone.conv1.weight': torch.zeros(1)}), other)
    nothing = tmp_path / 'nothing.py'
    shutil.copy(TINY, nothing)
    nothing.write_text(nothing.read_text() + '\ntest_dataloader = None\n')
    two = 'model.decode_head.num_classes=2'
    for arguments, message in (
        ([TINY, 'nothing.pth'], 'no checkpoint file nothing.pth'),
        ([TINY, checkpoint, '--vs', TINY, 'none.pth'], 'no checkpoint file none.pth'),
        ([TINY, other], 'is not a checkpoint of this model'),
        ([TINY, checkpoint, '--shift-split', 'shift'], "split='shift' is not one of 'train'"),
        ([nothing, checkpoint], 'has no test_dataloader to analyse'),
        ([TINY, checkpoint, '--cfg-options', two], 'is not a checkpoint of this model'),
        ([TINY, checkpoint, '--suppress', 'all'], "invalid choice: 'all'"),
    ):
        code, written = analyze(*arguments)
        assert code == 2, arguments
        assert message in written.err
        assert 'Traceback' not in written.err
    assert not (tmp_path / 'work_dirs').exists()
