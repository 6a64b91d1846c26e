"""Work in a pool of processes ends when, and as, the main process does."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

SLEEPERS = """
import os, sys, time
from pathlib import Path
from mmseg_ext.common.parallel import run_parallel

def sleep(folder):
    (Path(folder) / str(os.getpid())).touch()
    time.sleep(600)

run_parallel(sleep, [sys.argv[1]] * 4, 'sleeping')
"""


def lives(pid: int) -> bool:
    """Tell whether a process is there and no zombie."""
    try:
        return Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()[0] != 'Z'
    except FileNotFoundError:
        return False


def wait_until(condition, seconds: float = 60) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
    return condition()


@pytest.mark.skipif(not Path('/proc/self/stat').exists(), reason='processes are looked up in /proc')
@pytest.mark.parametrize('sent', [signal.SIGTERM, signal.SIGKILL])
def test_no_worker_outlives_the_main_process(tmp_path, repository, sent):
    started = subprocess.Popen(
        [sys.executable, '-c', SLEEPERS, str(tmp_path)],
        cwd=repository,
        stderr=subprocess.DEVNULL,
    )
    workers = min(4, len(os.sched_getaffinity(0)))
    assert wait_until(lambda: len(list(tmp_path.iterdir())) == workers)
    pids = [int(path.name) for path in tmp_path.iterdir()]
    started.send_signal(sent)
    assert started.wait() == -sent
    assert wait_until(lambda: not any(map(lives, pids)), seconds=10)
