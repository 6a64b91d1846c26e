"""Several processes: also on a machine without a GPU, where mmengine would ask for one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch.distributed
from mmengine.config import Config
from mmengine.device import get_device

from mmseg_ext.common.errors import ConfigError

_STARTED_BY = {
    'pytorch': ({'RANK', 'WORLD_SIZE', 'MASTER_ADDR'}, 'torchrun --nproc_per_node=N'),
    'slurm': ({'SLURM_PROCID', 'SLURM_NTASKS', 'SLURM_NODELIST'}, 'srun --ntasks=N python'),
    'mpi': (
        {'OMPI_COMM_WORLD_LOCAL_RANK', 'MASTER_ADDR'},
        'mpirun -n N -x MASTER_ADDR=HOST python',
    ),
}
_RANK_OF = {'pytorch': 'RANK', 'slurm': 'SLURM_PROCID', 'mpi': 'OMPI_COMM_WORLD_RANK'}
_rank = '0'


@contextmanager
def launched(config: Config, launcher: str) -> Iterator[None]:
    """Prepare a config for its launcher, and leave the process group at the end.

    mmengine's `pytorch` launcher sets a CUDA device and wraps the model for that device. Without
    one, this starts the process group with gloo beforehand (mmengine keeps a group that exists),
    wraps the model for the CPU, and replaces SyncBN, which runs on GPUs only, by BN.

    Args:
        config: Changed in place.
        launcher: none, pytorch, slurm or mpi.

    Raises:
        ConfigError: A launcher was asked for outside of the command that starts its processes, or
            another one than torchrun without a GPU.
    """
    config.launcher = launcher
    variables, command = _STARTED_BY.get(launcher, (set(), ''))
    if not variables <= set(os.environ):
        raise ConfigError(
            f'--launcher {launcher} needs the processes that {command.split()[0]} starts: '
            f'{command} tools/… --launcher {launcher}'
        )
    if launcher in ('slurm', 'mpi') and get_device() == 'cpu':
        raise ConfigError(
            f'--launcher {launcher} needs GPUs; without one, start the processes by torchrun with '
            '--launcher pytorch'
        )
    if launcher == 'pytorch' and get_device() == 'cpu':
        torch.distributed.init_process_group('gloo')
        config.model_wrapper_cfg = {
            'type': 'MMDistributedDataParallel',
            'broadcast_buffers': False,
            'find_unused_parameters': config.get('find_unused_parameters', False),
            **(config.get('model_wrapper_cfg') or {}),
            'device_ids': None,
        }
        _replace_synchronised_norm(config.model)
    try:
        yield
    finally:
        if torch.distributed.is_available() and torch.distributed.is_initialized():
            torch.distributed.destroy_process_group()


def take_rank(launcher: str) -> None:
    """Take this process's rank from what its launcher says; without one it reports for itself.

    Unlike mmengine's, it is known before the process group is made and after it is left.
    """
    global _rank
    _rank = os.environ.get(_RANK_OF.get(launcher, ''), '0')


def is_main_process() -> bool:
    """Tell whether this process is the one that reports."""
    return _rank == '0'


def _replace_synchronised_norm(node: Any) -> None:
    if isinstance(node, dict) and node.get('type') == 'SyncBN':
        node['type'] = 'BN'
    for child in node.values() if isinstance(node, dict) else node:
        if isinstance(child, (dict, list, tuple)):
            _replace_synchronised_norm(child)
