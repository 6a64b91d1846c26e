"""`--launcher pytorch` under torchrun, two processes, on the CPU."""

import socket
from pathlib import Path

import numpy as np
import pytest
import torch

from mmseg_ext.evaluation import read_evaluation

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


def test_evaluation_equals_that_of_one_process(run_tool, trained, tested, tmp_path):
    """Three frames: a sampler gives one of the two processes an image that the other has, too."""
    run_tool(
        *torchrun(), 'tools/test.py', TINY, trained / 'iter_4.pth', '--work-dir', tmp_path,
        '--launcher', 'pytorch', '--report', tmp_path / 'reports' / 'test',
        '--cfg-options', 'test_dataloader.dataset.indices=3', check=True,
    )  # fmt: skip
    two, one = (
        read_evaluation(work_dir / 'reports' / 'test' / 'report.json')
        for work_dir in (tmp_path, tested)
    )
    assert two.images == one.images[:3] == ('0.png', '1.png', '2.png')
    np.testing.assert_array_equal(two.matrices, one.matrices[:3])
