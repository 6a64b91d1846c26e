"""What a report knows of the training."""

import json
import math
import subprocess

import torch

from mmseg_ext.engine.loaders import load_checked, sha256_when_read
from mmseg_ext.engine.provenance import training_curves


def leave(work_dir, run, *lines, resume=False, cut_off=''):
    folder = work_dir / run / 'vis_data'
    folder.mkdir(parents=True)
    text = ''.join(json.dumps(line) + '\n' for line in lines)
    (folder / 'scalars.json').write_text(text + cut_off)
    (folder / 'config.py').write_text(f'load_from = None\nresume = {resume}\n')


def test_curves_are_those_of_the_newest_training(tmp_path):
    first = [{'loss': 9.0, 'step': 1}, {'loss': 8.0, 'step': 2}]
    second = [
        {'loss': 3.0, 'step': 10}, {'mIoU': 20.0, 'IoU.car': 1.0, 'step': 10},
        {'loss': math.nan, 'step': 15}, {'loss': 2.0, 'step': 20}, {'mIoU': 30.0, 'step': 20},
    ]  # fmt: skip
    leave(tmp_path, '20260101_120000', *first)
    leave(tmp_path, '20260102_120000', *second)
    leave(tmp_path, '20260103_120000', {'mIoU': 30.0, 'step': 0})
    assert training_curves(tmp_path) == {
        'loss': [[10, 3.0], [20, 2.0]], 'mIoU': [[10, 20.0], [20, 30.0]],
    }  # fmt: skip


def test_curves_of_a_resumed_training_begin_where_it_began(tmp_path):
    leave(tmp_path, '20260101_120000', {'loss': 99.0, 'step': 5})
    leave(tmp_path, '20260102_120000', {'loss': 9.0, 'step': 10}, {'loss': 8.0, 'step': 20},
          {'mIoU': 1.0, 'step': 20}, {'loss': 7.0, 'step': 30}, cut_off='{"loss": 6')  # fmt: skip
    leave(tmp_path, '20260103_120000', {'mIoU': 2.0, 'step': 20}, {'loss': 5.0, 'step': 30},
          {'mIoU': 3.0, 'step': 40}, {'loss': 4.0, 'step': 40}, resume=True)  # fmt: skip
    assert training_curves(tmp_path) == {
        'loss': [[10, 9.0], [20, 8.0], [30, 5.0], [40, 4.0]], 'mIoU': [[20, 2.0], [40, 3.0]],
    }  # fmt: skip


def test_long_curves_are_thinned_and_keep_their_ends(tmp_path):
    leave(tmp_path, '20260101_120000', *({'loss': 1.0, 'step': i} for i in range(1, 5001)))
    steps = [step for step, _ in training_curves(tmp_path)['loss']]
    assert len(steps) == 400 and steps[0] == 1 and steps[-1] == 5000
    assert {b - a for a, b in zip(steps, steps[1:], strict=False)} == {12, 13}


def test_no_training_no_curves(tmp_path):
    assert training_curves(tmp_path) == {}


def test_sha256_is_of_what_was_read(tmp_path):
    path = tmp_path / 'a.pth'
    torch.save(dict(a=torch.zeros(1)), path)
    assert sha256_when_read(str(path)) is sha256_when_read(None) is None
    load_checked(str(path))
    done = subprocess.run(['sha256sum', path], capture_output=True, check=True, text=True)
    path.write_bytes(b'')
    assert sha256_when_read(str(path)) == done.stdout.split()[0]
