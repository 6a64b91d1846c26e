"""SIGTERM and SIGUSR1 to real trainings: saved, ended, and resumed as if nothing had been.

Checkpoints are rare, so that what is resumed is what the signal made be saved.
"""

import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from states import assert_same_training
from trainings import Trainings

from mmseg_ext.checkpoints.checkpoint_file import read_intact

MAX_ITERS = 12
RARELY = 'default_hooks.checkpoint.interval=4'

pytestmark = pytest.mark.skipif(not Path('/proc/self/task').is_dir(), reason='needs Linux')


@pytest.fixture(scope='module')
def trainings(repository, toy_data):
    trainings = Trainings(repository, toy_data)
    yield trainings
    trainings.close()


@pytest.fixture(scope='module')
def unbroken(trainings, tmp_path_factory) -> Path:
    work_dir = tmp_path_factory.mktemp('unbroken')
    assert trainings.run(work_dir, 0, None, RARELY) == 0, said(work_dir)
    return work_dir


def said(work_dir: Path) -> str:
    return (work_dir / 'output.txt').read_text()


def after(work_dir: Path, text: str, times: int = 1) -> Callable[[], None]:
    """Wait until a training has said something as often as that."""

    def wait() -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            output = work_dir / 'output.txt'
            if output.is_file() and output.read_text().count(text) >= times:
                return
            time.sleep(0.002)
        raise AssertionError(f'no {text!r} in {said(work_dir)[-3000:]}')

    return wait


@pytest.mark.parametrize(
    ('number', 'group', 'workers'),
    [(signal.SIGTERM, False, 0), (signal.SIGUSR1, False, 0), (signal.SIGTERM, True, 2)],
)
def test_it_saves_ends_and_goes_on_exactly(trainings, unbroken, tmp_path, number, group, workers):
    """In the first iterations; with workers that get the signal, too."""
    work_dir = tmp_path / 'stopped'
    wait = after(work_dir, '  loss ')
    code = trainings.run(work_dir, workers, wait, RARELY, number=number, group=group)
    assert code == 128 + number, said(work_dir)[-3000:]
    last = Path((work_dir / 'last_checkpoint').read_text())
    read_intact(last)
    iteration = int(last.stem.removeprefix('iter_'))
    assert 2 <= iteration < MAX_ITERS
    assert (
        f'stopped by {number.name}: iteration {iteration} of {MAX_ITERS} is in {last}; the same '
        'command with --resume goes on from it' in said(work_dir)
    )
    assert 'Traceback' not in said(work_dir)
    assert not (work_dir / 'report').exists()
    assert trainings.run(work_dir, workers, None, RARELY) == 0
    assert_same_training(work_dir, unbroken, MAX_ITERS)
