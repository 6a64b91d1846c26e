"""What a report knows of the training."""

import json
import math

from mmseg_ext.engine.provenance import sha256_of, training_curves


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


def test_sha256(tmp_path):
    (tmp_path / 'a.pth').write_bytes(b'abc')
    # FIPS 180-2, appendix B.1.
    expected = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
    assert sha256_of(str(tmp_path / 'a.pth')) == expected
    assert sha256_of('https://example.org/a.pth') is sha256_of(None) is None
