"""Peak memory of a config's training and inference."""

import gc
import multiprocessing
import sys
from pathlib import Path

import torch
from mmengine.config import Config

from mmseg_ext.benchmark.trial import Trial
from mmseg_ext.common.errors import UserError

_STEPS = 3


def peak_memory(config: Config, batch_size: int, threads: int) -> dict[str, int]:
    """Measure peak memory: on CUDA in this process, on the CPU in a fresh one.

    Args:
        config: The config.
        batch_size: Images in a batch.
        threads: Threads of PyTorch on the CPU.

    Returns:
        Bytes for `inference` and for `training`, with weights, gradients and optimizer state: on
        CUDA what PyTorch allocated at most, on the CPU what the process grew by at most, each from
        before the model was built.
    """
    if torch.cuda.is_available():
        # What an earlier model left in cycles would be freed during the measurement.
        gc.collect()
        torch.cuda.reset_peak_memory_stats()
        return _measure(config, batch_size)
    with multiprocessing.get_context('spawn').Pool(1, torch.set_num_threads, (threads,)) as pool:
        return pool.apply(_measure, (config, batch_size))


def _measure(config: Config, batch_size: int) -> dict[str, int]:
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
    try:
        import resource
    except ImportError as error:
        raise UserError('peak memory of the CPU can be measured on Linux and macOS only') from error
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == 'darwin' else peak * 1024
