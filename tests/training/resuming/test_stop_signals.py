"""What a process and its workers do with signals: small real ones."""

import signal
import subprocess
import sys
import time

import pytest

pytestmark = pytest.mark.skipif(sys.platform != 'linux', reason='sends signals as Linux has them')

WAITS = (
    'import time; from mmseg_ext.training.resuming.stop_signals import StopSignals\n'
    'with StopSignals() as signals:\n'
    '    signals.wait(); print("waits", flush=True)\n'
    '    while not signals.received: time.sleep(0.01)\n'
    '    print("received", flush=True); time.sleep(60)\n'
)
LOADS = """
import os, sys, time, torch
from mmseg_ext.training.resuming.stop_signals import Shielded
class Slow(torch.utils.data.Dataset):
    def __len__(self):
        return 3
    def __getitem__(self, index):
        print(os.getpid(), flush=True)
        time.sleep(1)
        return index
shield = Shielded(lambda number: print('worker', number, flush=True))
batches = iter(torch.utils.data.DataLoader(Slow(), num_workers=1, worker_init_fn=shield))
print('got', next(batches).item(), flush=True)
if sys.argv[1] == 'wait':
    print('got', next(batches).item(), flush=True)
"""


def start(repository, script: str, *arguments: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, '-c', script, *arguments], cwd=repository, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


@pytest.mark.slow
def test_another_signal_ends_at_once_but_not_one_that_came_with_the_first(repository):
    with start(repository, WAITS) as process:
        assert process.stdout.readline() == 'waits\n'
        process.terminate()
        assert process.stdout.readline() == 'received\n'
        for number in (signal.SIGTERM, signal.SIGUSR1):
            process.send_signal(number)
        time.sleep(2.1)
        assert process.poll() is None
        process.send_signal(signal.SIGUSR1)
        assert process.wait(10) == -signal.SIGUSR1


@pytest.mark.slow
@pytest.mark.parametrize('how', ['wait', 'leave'])
def test_a_worker_heeds_only_its_training(repository, how):
    """It goes on loading; a training that ends does not wait for it."""
    with start(repository, LOADS, how) as process:
        lines = process.stdout
        assert lines.readline() == 'worker 0\n'
        worker = int(lines.readline())
        for number in ('TERM', 'USR1', 'INT'):
            subprocess.run(['kill', f'-{number}', str(worker)], check=True)
        said, errors = process.communicate(timeout=20)
        assert process.returncode == 0, errors
        assert 'got 0\n' in said and ('got 1\n' in said) == (how == 'wait')
