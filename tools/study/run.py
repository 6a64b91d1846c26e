"""Work through a list of trainings, each tested, calibrated, and tested again.

    OMP_NUM_THREADS=1 python tools/study/run.py tools/study/pretrained.txt --out DIR --jobs 2

A line of the list is RECIPE SEED, the most important first. DIR/RECIPE-SEED is the work dir of its
training and holds the output of every step; DIR/as-trained/RECIPE-SEED and
DIR/calibrated/RECIPE-SEED are its reports on the test set. The same command goes on where it was:
what has ended is not done again, a training that was stopped resumes exactly. To repeat a step,
remove its log and those after it.
"""

import argparse
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

CONFIGS = Path(__file__).resolve().parents[2] / 'configs'


class Training(NamedTuple):
    """A line of the list."""

    recipe: str
    seed: int

    @property
    def name(self) -> str:
        """What its folders are called."""
        return f'{Path(self.recipe).stem}-{self.seed}'


def read_list(path: Path) -> list[Training]:
    """Read the trainings of a list.

    Args:
        path: RECIPE SEED in each line, or CONFIG SEED; empty lines and those that begin with #
            say nothing.

    Raises:
        ValueError: A line is no such line, or two would share a folder.
    """
    found: list[Training] = []
    for number, line in enumerate(path.read_text(encoding='utf-8').splitlines(), 1):
        words = line.split()
        if not words or words[0].startswith('#'):
            continue
        if len(words) != 2 or not words[1].isdecimal():
            raise ValueError(f'{path}, line {number}: {line!r} is not a recipe and a seed')
        training = Training(words[0], int(words[1]))
        if not any(
            each.is_file() for each in (CONFIGS / f'{training.recipe}.py', Path(training.recipe))
        ):
            raise ValueError(
                f'{path}, line {number}: {training.recipe} is neither a recipe of '
                '`mmseg-debias configs` nor a config file'
            )
        if training.name in {each.name for each in found}:
            raise ValueError(f'{path}, line {number}: a second training is called {training.name}')
        found.append(training)
    return found


def steps(training: Training, out: Path) -> Iterator[tuple[str, list[str | Path]]]:
    """Yield the name and the arguments of each command, once those before it have ended."""
    work, recipe = out / training.name, training.recipe
    seeded = ['--work-dir', work, '--seed', str(training.seed)]
    yield 'train', ['train', recipe, *seeded, '--resume']
    trained = (work / 'last_checkpoint').read_text(encoding='utf-8').strip()
    report = out / 'as-trained' / training.name
    yield 'test', ['test', recipe, trained, '--work-dir', work, '--report', report]
    calibrated = work / 'calibrated.pth'
    yield 'calibrate', ['calibrate', recipe, trained, '--out', calibrated]
    # Nothing is written where no gain is shown: then the model as trained is what to use.
    if calibrated.exists():
        report = out / 'calibrated' / training.name
        yield (
            'test-calibrated',
            ['test', recipe, calibrated, '--work-dir', work, '--report', report],
        )


class Runner:
    """Commands beside each other, stopped together."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.failed: list[str] = []
        self._running: set[subprocess.Popen] = set()
        self.stopped = threading.Event()

    def work_through(self, training: Training) -> None:
        """Do what is left of a training; a step that fails ends it, and is noted."""
        folder = self.out / training.name
        folder.mkdir(parents=True, exist_ok=True)
        for name, arguments in steps(training, self.out):
            log = folder / f'{name}.log'
            if log.exists():
                continue
            if self.stopped.is_set():
                return
            unfinished = log.with_suffix('.unfinished.log')
            if self._call(arguments, unfinished):
                if not self.stopped.is_set():
                    self.failed.append(f'{training.name}: {name} failed, see {unfinished}')
                    print(self.failed[-1], file=sys.stderr, flush=True)
                return
            unfinished.replace(log)
            print(f'{training.name}: {name} done', flush=True)

    def stop(self, *_: object) -> None:
        """Let the commands that run save what they have, and start no other."""
        self.stopped.set()
        for process in list(self._running):
            process.send_signal(signal.SIGTERM)

    def _call(self, arguments: list[str | Path], log: Path) -> int:
        # A session of its own: Ctrl-C reaches this process alone, which then stops the others.
        with log.open('wb') as file:
            process = subprocess.Popen(
                [sys.executable, '-m', 'mmseg_ext', *map(os.fspath, arguments)],
                stdout=file, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                start_new_session=True,
            )  # fmt: skip
            self._running.add(process)
            if self.stopped.is_set():
                process.send_signal(signal.SIGTERM)
            try:
                return process.wait()
            finally:
                self._running.discard(process)


def main() -> int:
    """Work through a list; returns 0, or 1 where a step failed, or 143 when stopped."""
    parser = argparse.ArgumentParser(description=(__doc__ or '').partition('\n')[0])
    parser.add_argument(
        'list', type=Path, help='RECIPE SEED in each line, the most important first'
    )
    parser.add_argument('--out', type=Path, required=True, help='where to write')
    parser.add_argument('--jobs', type=int, default=1, help='trainings beside each other (1)')
    arguments = parser.parse_args()
    if arguments.jobs < 1:
        parser.error(f'--jobs {arguments.jobs}: give 1 or more')
    try:
        trainings = read_list(arguments.list)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    runner = Runner(arguments.out)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, runner.stop)
    with ThreadPoolExecutor(arguments.jobs) as pool:
        list(pool.map(runner.work_through, trainings))
    if runner.stopped.is_set():
        print('stopped; the same command goes on', file=sys.stderr)
        return 143
    return 1 if runner.failed else 0


if __name__ == '__main__':
    sys.exit(main())
