"""`kill -9` at random moments: a resumed training ends bit-equal to an unbroken one.

Class suppression, mixture and boundary heads, dropout and every kind of augmentation are on. Each
training is a real process; see `trainings.py`.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from states import assert_same_training
from trainings import EVERYTHING, Trainings

from mmseg_ext.checkpoints.checkpoint_file import read_intact

MAX_ITERS = 12
WORKERS = (0, 2)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path('/proc/self/task').is_dir(), reason='needs Linux'),
]


@pytest.fixture(scope='module')
def trainings(repository, toy_data):
    trainings = Trainings(repository, toy_data)
    yield trainings
    trainings.close()


@pytest.fixture(scope='module')
def unbroken(trainings, tmp_path_factory) -> Path:
    """A finished training that nothing disturbed; its seconds are in `seconds`."""
    work_dir = tmp_path_factory.mktemp('unbroken')
    started = time.monotonic()
    assert trainings.run(work_dir, workers=0) == 0, (work_dir / 'output.txt').read_text()[-3000:]
    (work_dir / 'seconds').write_text(str(time.monotonic() - started))
    return work_dir


def kill_in_a_row(
    train: Callable[[Path, Callable[[], None]], int], work_dir: Path, kills: int, unbroken: Path
) -> None:
    """Kill trainings in a row: half of them anywhere, half while a checkpoint is written.

    A training that ends before its kill is compared with the unbroken one, and the next begins from
    the start: how far one comes between two kills depends on the machine.

    Args:
        train: Trains in a folder and kills when the function returns; gives the exit code.
        work_dir: The folder.
        kills: How many.
        unbroken: The finished training that nothing disturbed.
    """
    chance = random.Random(0)
    seconds = float((unbroken / 'seconds').read_text())

    def anywhere() -> None:
        time.sleep(chance.uniform(0, 0.3 * seconds))

    def while_writing() -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not list(work_dir.glob('.iter_*.tmp.pth')):
            time.sleep(0.0005)
        time.sleep(chance.uniform(0, 0.003))

    kill = 0
    for _ in range(3 * kills):
        code = train(work_dir, while_writing if kill % 2 else anywhere)
        if code == 0:
            assert_same_training(work_dir, unbroken, MAX_ITERS)
            shutil.rmtree(work_dir)
            continue
        assert code == -signal.SIGKILL, (
            f'kill {kill}: {(work_dir / "output.txt").read_text()[-3000:]}'
        )
        pointer = work_dir / 'last_checkpoint'
        if pointer.is_file():
            read_intact(pointer.read_text())
        kill += 1
        if kill == kills:
            return
    raise AssertionError(f'only {kill} of {3 * kills} trainings could be killed')


@pytest.mark.parametrize('workers', WORKERS)
def test_twenty_kills_in_a_row_change_nothing(trainings, unbroken, tmp_path, workers):
    work_dir = tmp_path / 'killed'
    kill_in_a_row(
        lambda folder, kill_when: trainings.run(folder, workers, kill_when), work_dir, 20, unbroken
    )
    assert trainings.run(work_dir, workers) == 0
    assert_same_training(work_dir, unbroken, MAX_ITERS)


def test_a_hundred_kills_in_a_row_change_nothing(trainings, unbroken, tmp_path):
    work_dir = tmp_path / 'killed'
    kill_in_a_row(
        lambda folder, kill_when: trainings.run(folder, 2, kill_when), work_dir, 100, unbroken
    )
    assert trainings.run(work_dir, 2) == 0
    assert_same_training(work_dir, unbroken, MAX_ITERS)


def test_kills_of_the_command_line_itself(run_tool, repository, toy_data, unbroken, tmp_path):
    """`python tools/train.py CONFIG --resume`, started anew after each kill, nothing shared."""
    work_dir = tmp_path / 'killed'
    command = ['tools/train.py', str(EVERYTHING), '--work-dir', str(work_dir), '--resume']
    environment = {
        **os.environ,
        'PYTHONPATH': str(repository),
        'MMSEG_EXT_DATA': str(toy_data),
        'OMP_NUM_THREADS': '1',
    }

    def train(folder: Path, kill_when: Callable[[], object]) -> int:
        folder.mkdir(exist_ok=True)
        earlier = set(folder.glob('*/vis_data'))
        with open(folder / 'output.txt', 'a') as output:
            process = subprocess.Popen(
                [sys.executable, *command],
                cwd=repository,
                env=environment,
                stdout=output,
                stderr=output,
            )
            deadline = time.monotonic() + 60
            # The imports take longer than the training, and are not what is to be killed.
            while (
                set(folder.glob('*/vis_data')) == earlier
                and process.poll() is None
                and time.monotonic() < deadline
            ):
                time.sleep(0.01)
            kill_when()
            process.kill()
            return process.wait(60)

    kill_in_a_row(train, work_dir, 10, unbroken)
    run_tool(*command, check=True, MMSEG_EXT_DATA=str(toy_data))
    assert_same_training(work_dir, unbroken, MAX_ITERS)
