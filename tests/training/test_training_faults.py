"""A worker that is killed, memory and a disk that are full, in trainings: one message each."""

import multiprocessing
import os
import signal
from pathlib import Path

import numpy as np
import pytest
from mmengine.hooks import Hook
from mmengine.logging import MMLogger
from mmengine.registry import TRANSFORMS
from mmengine.runner import Runner

from mmseg_ext.commands.parser.exit_codes import run
from mmseg_ext.common.errors import MachineError
from mmseg_ext.training.training import train


class At(Hook):
    """Calls a function before the iteration after a number of them."""

    def __init__(self, iteration: int, function) -> None:
        self.iteration, self.function = iteration, function

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        if runner.iter == self.iteration:
            self.function(runner)


def failed(config, *hooks) -> str:
    with pytest.raises(MachineError) as caught:
        train(config, hooks)
    return str(caught.value)


@pytest.fixture
def logs():
    """Nothing goes on logging to a disk that is gone."""
    yield
    MMLogger.get_current_instance().handlers.clear()


def kill_workers(runner: Runner) -> None:
    for process in multiprocessing.active_children():
        os.kill(process.pid, signal.SIGKILL)
        # Leaves the dead for torch to find; four iterations may end before the system kills.
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)


def test_a_killed_worker(tiny):
    tiny.train_dataloader.num_workers = 1
    said = failed(tiny, At(3, kill_workers))
    assert said.startswith('a data-loading worker was killed, as the system does when memory')
    assert said.endswith(
        f'What was trained until {tiny.work_dir}/iter_3.pth is safe: when that is mended, the same '
        'command with --resume goes on from it'
    )
    tiny.resume = True
    train(tiny)
    assert Path(tiny.work_dir, 'iter_4.pth').is_file()


@TRANSFORMS.register_module()
class NeedsMemory:
    def __call__(self, results):
        return np.zeros((2**20, 2**20, 64))


@pytest.mark.parametrize('workers', [0, 1])
def test_memory_is_no_fault_of_a_sample(tiny, workers):
    """So it is not skipped, either."""
    dataset = tiny.train_dataloader.dataset
    dataset.pipeline = [*dataset.pipeline[:-1], dict(type='NeedsMemory'), dataset.pipeline[-1]]
    dataset.on_bad_sample, dataset.max_bad_share = 'skip', 1.0
    tiny.train_dataloader.num_workers = workers
    said = failed(tiny)
    assert said.startswith('the memory of this machine is full (Unable to allocate 512. TiB for')
    assert said.endswith('There is no checkpoint yet')


def fill(disk: Path) -> None:
    with open(disk / 'ballast', 'wb') as file, pytest.raises(OSError, match='No space left'):
        while True:
            os.write(file.fileno(), bytes(512))


@pytest.mark.parametrize('what', ['log', 'LocalVisBackend', 'TensorboardVisBackend'])
def test_a_disk_without_room_for_logs(tiny, small_disk, logs, what, capfd):
    """What one more line of the log, or the next curves, meet."""
    tiny.work_dir = str(small_disk)
    # mmengine gives all visualizers of a name the folder of the first.
    tiny.visualizer.update(name=tiny.experiment_name, vis_backends=[])
    if what != 'log':
        tiny.visualizer.vis_backends = [dict(type=what)]
    tiny.default_hooks.checkpoint.update(interval=2, max_keep_ckpts=1)

    def write(runner: Runner) -> None:
        fill(small_disk)
        if what == 'log':
            runner.logger.warning('a long line ' * 1000)
        for step in range(1000):
            runner.visualizer.add_scalar('curve', 0.5, step)

    assert run(lambda: train(tiny, [At(2, write)])) == 1
    error = capfd.readouterr().err
    (line,) = [line for line in error.splitlines() if line.startswith('error: ')]
    assert 'cannot be written: No space left on device. What was trained until ' in line
    assert f'{small_disk}/iter_2.pth is safe' in line
    assert 'Traceback' not in error and 'Logging error' not in error
