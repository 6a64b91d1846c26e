"""`--launcher pytorch` under torchrun, two processes, on the CPU."""

import socket
from pathlib import Path

import pytest
import torch

TINY = Path(__file__).with_name('tiny_camvid.py')

pytestmark = pytest.mark.skipif(torch.cuda.is_available(), reason='about machines without a GPU')


def torchrun() -> list[str]:
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    return ['-m', 'torch.distributed.run', '--nproc_per_node=2', f'--master_port={port}']


def test_training_of_the_quick_start(run_tool, toy_data, tmp_path):
    completed = run_tool(
        *torchrun(), 'tools/train.py', 'configs/debias_deeplab.py', '--work-dir', tmp_path,
        '--launcher', 'pytorch', '--cfg-options', 'train_cfg.max_iters=3',
        'train_cfg.val_interval=3', 'train_dataloader.batch_size=2',
        check=True, MMSEG_EXT_DATA=str(toy_data),
    )  # fmt: skip
    assert completed.stdout.count(f'results: {tmp_path}') == 1, 'only one process reports'
    assert 'Distributed launcher: pytorch' in completed.stdout
    assert 'GPU number: 2' in completed.stdout
    assert (tmp_path / 'iter_3.pth').is_file()


def test_evaluation_equals_that_of_one_process(run_tool, trained, tested, figures, tmp_path):
    run_tool(
        *torchrun(), 'tools/test.py', TINY, trained / 'iter_4.pth', '--work-dir', tmp_path,
        '--launcher', 'pytorch', check=True,
    )  # fmt: skip
    assert figures(tmp_path) == figures(tested)
