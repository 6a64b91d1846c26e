"""Peak memory of a config's training and inference, each config in a process of its own."""

import multiprocessing
import resource
import sys
from pathlib import Path

import torch
from mmengine.config import Config

from mmseg_ext.engine.benchmark.trial import Trial

_STEPS = 3


def peak_memory(config: Config, batch_size: int, threads: int) -> dict[str, int]:
    """Measure peak memory in a fresh process.

    Args:
        config: The config.
        batch_size: Images in a batch.
        threads: Threads of PyTorch on the CPU.

    Returns:
        Bytes for `inference` and for `training`, with weights, gradients and optimizer state: on
        CUDA what PyTorch allocated at most, on the CPU what the process grew by at most from before
        the model was built.
    """
    with multiprocessing.get_context('spawn').Pool(1) as pool:
        return pool.apply(_measure, (config, batch_size, threads))


def _measure(config: Config, batch_size: int, threads: int) -> dict[str, int]:
    torch.set_num_threads(threads)
    before = _peak()
    trial = Trial(config, batch_size)
    for _ in range(_STEPS):
        trial.predict()
    inference = _peak() - before
    for _ in range(_STEPS):
        trial.train_step()
    return {'inference': inference, 'training': _peak() - before}


def _peak() -> int:
    """Return the most memory used so far, in bytes."""
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated()
    status = Path('/proc/self/status')
    if status.is_file():
        # Not getrusage: its peak is inherited from the process that started this one.
        line = next(line for line in status.read_text().splitlines() if line.startswith('VmHWM'))
        return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == 'darwin' else peak * 1024
