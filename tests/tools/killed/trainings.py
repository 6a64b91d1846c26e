"""Trainings in processes of their own, which share one import; see `forks.py`."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

EVERYTHING = Path(__file__).with_name('everything.py')
FORKS = Path(__file__).with_name('forks.py')


class Trainings:
    """Runs `tools/train.py --resume` in processes of their own and sends them signals."""

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
        self,
        work_dir: Path,
        workers: int,
        kill_when: Callable[[], object] | None = None,
        *options: str,
        number: int = signal.SIGKILL,
        group: bool = False,
    ) -> int:
        """Train, and send a signal when `kill_when` returns.

        Args:
            work_dir: The work folder.
            workers: Data-loading processes.
            kill_when: Waits for the moment.
            options: Of `--cfg-options`.
            number: The signal.
            group: Whether it goes to the data-loading workers too.

        Returns:
            The exit code, -9 for a kill.
        """
        work_dir.mkdir(exist_ok=True)
        command = [
            'tools/train.py', str(EVERYTHING), '--work-dir', str(work_dir), '--resume',
            '--cfg-options', f'train_dataloader.num_workers={workers}', *options,
        ]  # fmt: skip
        assert self._server.stdin
        request = dict(command=command, log=str(work_dir / 'output.txt'))
        self._server.stdin.write(json.dumps(request) + '\n')
        self._server.stdin.flush()
        process = int(self._line())
        if kill_when is not None:
            kill_when()
            # It may have ended by itself; the exit code tells.
            with suppress(ProcessLookupError):
                (os.killpg if group else os.kill)(process, number)
        return int(self._line())

    def close(self) -> None:
        """End the program that forks."""
        assert self._server.stdin
        self._server.stdin.close()
        self._server.wait(60)

    def _line(self) -> str:
        assert self._server.stdout
        return self._server.stdout.readline()
