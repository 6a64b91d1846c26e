"""Each fault as the system and the libraries really report it, here and from a worker."""

import errno
import os
import signal
from concurrent.futures import ProcessPoolExecutor

import cv2
import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, Dataset

from mmseg_ext.common.machine_faults import machine_fault


def kill(number: int) -> None:
    os.kill(os.getpid(), number)


FAULTS = {
    'numpy': lambda: np.zeros((2**20, 2**20, 64)),
    'torch': lambda: torch.zeros(2**45),
    'opencv': lambda: cv2.resize(np.zeros((10, 10), np.uint8), (60_000_000, 60_000)),
    'python': lambda: [0] * 2**60,
    'killed': lambda: kill(signal.SIGKILL),
    'gone': lambda: os._exit(3),
    'shared': lambda: kill(signal.SIGBUS),
    'crashed': lambda: kill(signal.SIGSEGV),
}
MEMORY = 'the memory of this machine is full'


class Frames(Dataset):
    """A data set whose second frame meets a fault."""

    def __init__(self, fault: str) -> None:
        self.fault = fault

    def __len__(self) -> int:
        return 2

    def __getitem__(self, index: int) -> torch.Tensor:
        if index == 1:
            FAULTS[self.fault]()
        return torch.zeros(1)


@pytest.mark.slow
@pytest.mark.parametrize('workers', [0, 1])
@pytest.mark.parametrize('fault', ['numpy', 'torch', 'opencv', 'python'])
def test_memory(fault, workers):
    with pytest.raises(Exception) as caught:
        list(DataLoader(Frames(fault), num_workers=workers))
    assert machine_fault(caught.value).startswith(MEMORY)
    assert '(num_workers)' in machine_fault(caught.value)
    assert '\n' not in machine_fault(caught.value)


@pytest.mark.parametrize(
    ('fault', 'said'),
    [
        (
            'killed',
            'a data-loading worker was killed, as the system does when memory is full: use ',
        ),
        ('gone', 'a data-loading worker is gone: '),
        ('shared', 'the shared memory (/dev/shm) through which data-loading workers pass images'),
        (
            'crashed',
            'a data-loading worker ended (Segmentation fault): with num_workers=0 it shows',
        ),
    ],
)
def test_a_worker(fault, said):
    with pytest.raises(RuntimeError) as caught:
        list(DataLoader(Frames(fault), num_workers=1))
    assert machine_fault(caught.value).startswith(said), machine_fault(caught.value)


def test_a_pool():
    with pytest.raises(Exception) as caught, ProcessPoolExecutor(1) as pool:
        pool.submit(kill, signal.SIGKILL).result()
    assert machine_fault(caught.value).startswith('a worker process was killed')


def test_a_gpu():
    """The message as torch 2.13 writes it."""
    error = torch.OutOfMemoryError(
        'CUDA out of memory. Tried to allocate 20.25 GiB. GPU 0 has a total capacity of 79.11 GiB '
        'of which 12.5 GiB is free.'
    )
    assert machine_fault(error) == (
        'the memory of the GPU is full (Tried to allocate 20.25 GiB): use a smaller batch_size or '
        'crop, or --amp'
    )


class FullDisk:
    """A file for `torch.save` on a disk that is full."""

    def write(self, content: bytes) -> None:
        raise OSError(errno.ENOSPC, 'No space left on device', 'weights.pth')

    def flush(self) -> None:
        pass


def test_a_disk(tmp_path):
    with pytest.raises(OSError) as caught:
        torch.save(torch.zeros(2**20), FullDisk())
    assert machine_fault(caught.value) == 'weights.pth cannot be written: No space left on device'
    with pytest.raises(RuntimeError) as caught:
        torch.save(torch.zeros(2**20), '/dev/full')
    assert machine_fault(caught.value).startswith('a file of torch cannot be written whole')


def test_what_was_made_of_it():
    with pytest.raises(SyntaxError) as caught:
        try:
            raise OSError(errno.EMFILE, 'Too many open files')
        except OSError:
            raise SyntaxError('Failed to format the config') from None
    assert machine_fault(caught.value).startswith('too many files are open')


@pytest.mark.parametrize('error', [ValueError('bug'), OSError(errno.ENOENT, 'No such file')])
def test_other_errors_are_none(error):
    assert machine_fault(error) is None
