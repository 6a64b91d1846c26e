"""The seed that the processes of a training share."""

import socket

import torch
from mmengine.logging import MessageHub

from mmseg_ext.common import seeding
from mmseg_ext.common.training_progress import Progress


def progress_of_one_process(rank, port, folder):
    torch.distributed.init_process_group(
        'gloo', init_method=f'tcp://127.0.0.1:{port}', rank=rank, world_size=2
    )
    broadcast, sent = seeding.broadcast, []
    seeding.broadcast = lambda value: (sent.append(value), broadcast(value))
    found = []

    def step(name, iteration, seed):
        hub = MessageHub.get_instance(name)
        # What mmengine writes before each step; each process has a seed of its own.
        for key, value in dict(iter=iteration, max_iters=100, seed=seed + rank).items():
            hub.update_info(key, value)
        for _ in range(2):
            found.append((name, iteration, Progress.current().seed, len(sent)))

    for iteration in (0, 1, 2, 3):
        step('run', iteration, seed=5)
    # Resumed, or recovered, from an earlier checkpoint of a run with another seed.
    for iteration in (50, 51):
        step('run', iteration, seed=6)
    step('another run', 52, seed=8)
    in_checkpoint = MessageHub.get_instance('run').state_dict()['runtime_info']
    torch.save((found, sorted(in_checkpoint)), f'{folder}/{rank}.pth')
    torch.distributed.destroy_process_group()


def test_processes_agree_on_the_seed_once_a_run(tmp_path):
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    torch.multiprocessing.start_processes(
        progress_of_one_process, (port, str(tmp_path)), nprocs=2, start_method='fork'
    )
    expected = [('run', at, 5, 1) for at in (0, 0, 1, 1, 2, 2, 3, 3)]
    expected += [('run', at, 6, 2) for at in (50, 50, 51, 51)]
    expected += [('another run', 52, 8, 3)] * 2
    for rank in (0, 1):
        found, in_checkpoint = torch.load(tmp_path / f'{rank}.pth')
        assert found == expected
        assert in_checkpoint == ['iter', 'max_iters', 'seed']
