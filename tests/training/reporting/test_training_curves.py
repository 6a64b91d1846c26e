"""The curves that a report has of its training."""

import json
import math
import os
import time
from pathlib import Path

import pytest
from mmengine.config import Config
from mmengine.hooks import Hook

from mmseg_ext.checkpoints.loaders import load_checked
from mmseg_ext.reports.runs import read_run
from mmseg_ext.training.reporting import training_curves as module
from mmseg_ext.training.reporting.report_hook import ReportHook
from mmseg_ext.training.reporting.training_curves import noted_log_folders, training_curves
from mmseg_ext.training.resuming.stop_signals import Stopped
from mmseg_ext.training.training import train

TINY = Path(__file__).resolve().parents[2] / 'tools' / 'tiny_camvid.py'


@pytest.fixture
def said(monkeypatch):
    """The warnings that were logged."""
    said = []
    monkeypatch.setattr(module, 'print_log', lambda text, **_: said.append(text))
    return said


def leave(work_dir, run, *lines, resume=False, cut_off=''):
    folder = work_dir / run / 'vis_data'
    folder.mkdir(parents=True)
    text = ''.join(json.dumps(line) + '\n' for line in lines)
    (folder / 'scalars.json').write_text(text + cut_off)
    (folder / 'config.py').write_text(f'load_from = None\nresume = {resume}\n')


def test_curves_are_those_of_the_newest_training(tmp_path):
    first = [{'loss': 9.0, 'step': 1}, {'loss': 8.0, 'step': 2}]
    second = [
        {'loss': 3.0, 'step': 10}, {'mIoU': 20.0, 'IoU/car': 1.0, 'step': 10},
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


def test_every_term_of_the_loss_and_the_learning_rate_has_a_curve(tmp_path):
    terms = {'loss': 3.0, 'decode.loss_ce': 1.0, 'aux_0.loss_edge': 2.0, 'lr': 0.1, 'base_lr': 0.2}
    noise = {'decode.acc_seg': 80.0, 'data_time': 0.1, 'time': 1.0, 'memory': 3}
    leave(tmp_path, 'a', *({**terms, **noise, 'step': step} for step in (10, 20)))
    assert training_curves(tmp_path) == {
        name: [[10, value], [20, value]] for name, value in terms.items()
    }


def test_long_curves_are_thinned_and_keep_their_ends(tmp_path):
    leave(tmp_path, '20260101_120000', *({'loss': 1.0, 'step': i} for i in range(1, 5001)))
    steps = [step for step, _ in training_curves(tmp_path)['loss']]
    assert len(steps) == 400 and steps[0] == 1 and steps[-1] == 5000
    assert {b - a for a, b in zip(steps, steps[1:], strict=False)} == {12, 13}


def test_no_training_no_curves(tmp_path):
    assert training_curves(tmp_path) == {}


CLOCK_SET_BACK = ['20260102_120000', '20260101_120000', '20260101_130000']


@pytest.mark.parametrize('log_folders', [None, CLOCK_SET_BACK])
def test_a_clock_that_was_set_back_between_the_runs(tmp_path, log_folders):
    begun, resumed, again = CLOCK_SET_BACK
    leave(tmp_path, begun, {'loss': 9.0, 'step': 10}, {'loss': 8.0, 'step': 20},
          {'loss': 7.0, 'step': 30})  # fmt: skip
    leave(tmp_path, resumed, {'loss': 6.0, 'step': 30}, {'loss': 5.0, 'step': 40}, resume=True)
    leave(tmp_path, again, {'loss': 4.0, 'step': 50}, resume=True)
    assert training_curves(tmp_path, log_folders) == {
        'loss': [[10, 9.0], [20, 8.0], [30, 6.0], [40, 5.0], [50, 4.0]]
    }


def test_what_was_resumed_further_back_takes_the_place_of_all_after_it(tmp_path):
    """Only the order in which they ran tells that the run at step 20 is the last one."""
    leave(tmp_path, 'a', *({'loss': 1.0, 'mIoU': 10.0, 'step': s} for s in (10, 20, 30)))
    leave(tmp_path, 'c', *({'loss': 2.0, 'mIoU': 20.0, 'step': s} for s in (40, 50)), resume=True)
    leave(tmp_path, 'b', *({'loss': 3.0, 'step': s} for s in (20, 30)), resume=True)
    leave(tmp_path, 'of another training', {'loss': 4.0, 'step': 10}, {'loss': 4.0, 'step': 20})
    assert training_curves(tmp_path, ['a', 'c', 'b', 'in another folder']) == {
        'loss': [[10, 1.0], [20, 3.0], [30, 3.0]]
    }


def test_runs_that_began_in_the_same_second_share_a_log(tmp_path):
    leave(tmp_path, 'a', *({'loss': float(n), 'step': step} for n, step in
                           enumerate([10, 20, 30, 40, 20, 30])))  # fmt: skip
    assert training_curves(tmp_path, ['a']) == {'loss': [[10, 0.0], [20, 4.0], [30, 5.0]]}


@pytest.mark.parametrize(
    'line',
    [
        '3', 'null', '"step"', '[1, 2]', '{"loss": "low", "step": 15}', '{"loss": 1, "step": [1]}',
        '{"loss": null, "step": 15}', '{"loss": true, "step": 15}', '{"step": 15, "loss"',
        '[' * 100000, '{"loss": 1, "step": 1' + '0' * 5000 + '}',
        '{"loss": 1' + '0' * 400 + ', "step": 15}', '\0\0\0',
    ],
)  # fmt: skip
def test_a_line_that_is_none_is_left_out_with_one_warning(tmp_path, said, line):
    leave(tmp_path, 'a', {'loss': 2.0, 'step': 10}, {'loss': 1.0, 'step': 20})
    log = tmp_path / 'a' / 'vis_data' / 'scalars.json'
    first, last = log.read_text().splitlines()
    log.write_text('\n'.join([first, line, line, last]))
    assert training_curves(tmp_path) == {'loss': [[10, 2.0], [20, 1.0]]}
    assert said == [
        f'{log}: 2 of 4 lines cannot be read, the first is line 2; they are left out of the curves'
    ]


@pytest.mark.parametrize('noted', [None, 'a', 3, {'a': 1}])
def test_what_a_checkpoint_from_elsewhere_may_hold(noted):
    assert noted_log_folders({'message_hub': {'runtime_info': {'log_folders': noted}}}) is None
    assert noted_log_folders({'message_hub': noted}) is noted_log_folders({}) is None
    folders = ['a', '../b', '/c', '..', 'd\0', 4, None, '']
    assert noted_log_folders({'message_hub': {'runtime_info': {'log_folders': folders}}}) == ['a']


def test_a_log_that_cannot_be_read_is_named(tmp_path, said):
    log = tmp_path / 'a' / 'vis_data' / 'scalars.json'
    log.mkdir(parents=True)
    assert training_curves(tmp_path, ['a']) == {}
    assert said == [f'{log}: cannot be read (Is a directory); its part of the curves is left out']
    assert training_curves(tmp_path) == {}


class Kill(Hook):
    def after_train_iter(self, runner, *_, **__):
        if runner.iter == 2:
            raise KeyboardInterrupt


@pytest.fixture
def set_clock():
    """Let the clock show other hours, as it does after a change to winter time."""
    before = os.environ.get('TZ')

    def set_zone(zone):
        os.environ.pop('TZ', None) if zone is None else os.environ.update(TZ=zone)
        time.tzset()

    yield lambda hour: set_zone(f'XYZ-{hour}')
    set_zone(before)


@pytest.mark.slow
def test_a_resumed_training_keeps_its_curves_whatever_the_clock_says(tiny, set_clock):
    """An earlier training is in the folder, too, so that names cannot tell what belongs to what."""
    whole = Config.fromfile(TINY)
    for key in ('val_dataloader', 'val_evaluator', 'val_cfg'):
        tiny[key] = whole[key]
    tiny.train_cfg.val_interval, tiny.log_level = 1, 'INFO'
    folder = Path(tiny.work_dir)
    hook = ReportHook(folder / 'report')

    def train_at(hour, *hooks):
        set_clock(hour)
        # A process has one visualizer of a name, which would log in the folder of its first run.
        tiny.visualizer.name = f'{folder} {hour}'
        train(tiny, [hook, *hooks])

    train_at(1)
    with pytest.raises(Stopped):
        train_at(9, Kill())
    tiny.resume, tiny.load_from = True, str(folder / 'iter_2.pth')
    train_at(5)
    curves = read_run(str(hook.folder))[1].metadata['curves']
    assert [step for step, _ in curves['loss']] == [1, 2, 3, 4]
    assert [step for step, _ in curves['mIoU']] == [1, 2, 3, 4]
    # What the test of a checkpoint goes by.
    noted = noted_log_folders(load_checked(str(folder / 'iter_4.pth')))
    assert len(noted) == 2 and noted == sorted(noted, reverse=True)
    assert training_curves(folder, noted) == curves
