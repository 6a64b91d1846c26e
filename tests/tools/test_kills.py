"""`kill -9` at random moments: a resumed training ends bit-equal to an unbroken one.

Class suppression, mixture and boundary heads, dropout and every kind of augmentation are on. Each
training is a real process; see `forks.py`.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from mmseg_ext.engine.checkpoint_file import read_intact
from mmseg_ext.engine.safe_loading import read_checkpoint

EVERYTHING = Path(__file__).with_name('everything.py')
FORKS = Path(__file__).with_name('forks.py')
MAX_ITERS = 12
WORKERS = (0, 2)

pytestmark = pytest.mark.skipif(not Path('/proc/self/task').is_dir(), reason='needs Linux')


class Trainings:
    """Runs `tools/train.py --resume` in processes of their own and kills them."""

    def __init__(self, repository: Path, data: Path) -> None:
        self._server = subprocess.Popen(
            [sys.executable, str(FORKS)],
            cwd=repository,
            env={
                **os.environ,
                'PYTHONPATH': str(repository),
                'MMSEG_EXT_DATA': str(data),
                'OMP_NUM_THREADS': '1',
                'NO_ALBUMENTATIONS_UPDATE': '1',
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert 'ready\n' in iter(self._line, '')

    def run(
        self, work_dir: Path, workers: int, kill_when: Callable[[], object] | None = None
    ) -> int:
        """Train, and kill when `kill_when` returns; gives the exit code, -9 for a kill."""
        work_dir.mkdir(exist_ok=True)
        command = [
            'tools/train.py', str(EVERYTHING), '--work-dir', str(work_dir), '--resume',
            '--cfg-options', f'train_dataloader.num_workers={workers}',
        ]  # fmt: skip
        assert self._server.stdin
        request = dict(command=command, log=str(work_dir / 'output.txt'))
        self._server.stdin.write(json.dumps(request) + '\n')
        self._server.stdin.flush()
        process = int(self._line())
        if kill_when is not None:
            kill_when()
            os.kill(process, signal.SIGKILL)
        return int(self._line())

    def close(self) -> None:
        """End the program that forks."""
        assert self._server.stdin
        self._server.stdin.close()
        self._server.wait(60)

    def _line(self) -> str:
        assert self._server.stdout
        return self._server.stdout.readline()


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
    train: Callable[[Path, Callable[[], None]], int], work_dir: Path, kills: int, seconds: float
) -> None:
    """Kill trainings in a row: half of them anywhere, half while a checkpoint is written.

    Args:
        train: Trains in a folder and kills when the function returns; gives the exit code.
        work_dir: The folder.
        kills: How many.
        seconds: How long an unbroken training takes.
    """
    chance = random.Random(0)

    def anywhere() -> None:
        time.sleep(chance.uniform(0, 0.3 * seconds))

    def while_writing() -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not list(work_dir.glob('.iter_*.tmp.pth')):
            time.sleep(0.0005)
        time.sleep(chance.uniform(0, 0.003))

    for kill in range(kills):
        code = train(work_dir, while_writing if kill % 2 else anywhere)
        assert code == -signal.SIGKILL, (
            f'kill {kill}: {(work_dir / "output.txt").read_text()[-3000:]}'
        )
        pointer = work_dir / 'last_checkpoint'
        if pointer.is_file():
            read_intact(pointer.read_text())


def logged(work_dir: Path) -> dict[tuple[int, str], dict[str, float]]:
    """Every logged value but times, by step and kind; whatever was logged twice must be equal."""
    found: dict[tuple[int, str], dict[str, float]] = {}
    for file in sorted(work_dir.glob('*/vis_data/scalars.json')):
        for line in file.read_text().splitlines():
            try:
                record = json.loads(line)
            except json.JSONDecodeError:
                assert not file.read_text().endswith(line + '\n'), 'only a last line may be cut off'
                continue
            step = record['step']
            kind = 'train' if 'loss' in record else 'val'
            values = {k: v for k, v in record.items() if 'time' not in k and k != 'memory'}
            # NaN, the IoU of a class that is nowhere, is not equal to itself.
            values = {key: str(value) for key, value in values.items()}
            assert found.setdefault((step, kind), values) == values
    return found


def assert_same_training(first: Path, second: Path) -> None:
    ours, theirs = (
        read_checkpoint(str(folder / f'iter_{MAX_ITERS}.pth')) for folder in (first, second)
    )
    for key in ('state_dict', 'optimizer', 'param_schedulers'):
        assert_equal(ours[key], theirs[key])
    assert logged(first) == logged(second)
    checkpoints = [sorted(path.name for path in folder.glob('*.pth')) for folder in (first, second)]
    assert checkpoints[0] == checkpoints[1]
    assert len(checkpoints[0]) == 3, 'the last two and the best'
    assert not list(first.glob('.*.tmp*'))


def assert_equal(ours: object, theirs: object) -> None:
    """Compare nested states bit for bit."""
    assert type(ours) is type(theirs)
    if isinstance(ours, dict):
        assert list(ours) == list(theirs)
        for key, value in ours.items():
            assert_equal(value, theirs[key])
    elif isinstance(ours, (list, tuple)):
        assert len(ours) == len(theirs)
        for one, other in zip(ours, theirs, strict=True):
            assert_equal(one, other)
    elif isinstance(ours, torch.Tensor):
        assert torch.equal(ours, theirs)
    else:
        assert ours == theirs


@pytest.mark.parametrize('workers', WORKERS)
def test_twenty_kills_in_a_row_change_nothing(trainings, unbroken, tmp_path, workers):
    seconds = float((unbroken / 'seconds').read_text())
    work_dir = tmp_path / 'killed'
    kill_in_a_row(
        lambda folder, kill_when: trainings.run(folder, workers, kill_when), work_dir, 20, seconds
    )
    assert trainings.run(work_dir, workers) == 0
    assert_same_training(work_dir, unbroken)
