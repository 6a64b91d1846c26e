"""`--launcher pytorch` under torchrun, two processes, on the CPU."""

import json
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


def figures(work_dir: Path) -> dict[str, float]:
    (file,) = work_dir.glob('*/*.json')
    values = json.loads(file.read_text())
    return {name: value for name, value in values.items() if 'time' not in name}


def test_training(run_tool, tmp_path):
    completed = run_tool(
        *torchrun(), 'tools/train.py', TINY, '--work-dir', tmp_path, '--launcher', 'pytorch',
        '--cfg-options', 'train_cfg.max_iters=2', check=True,
    )  # fmt: skip
    assert completed.stdout.count(f'results: {tmp_path}') == 1, 'only one process reports'
    assert 'Distributed launcher: pytorch' in completed.stdout
    assert 'GPU number: 2' in completed.stdout
    assert (tmp_path / 'iter_2.pth').is_file()


def test_evaluation_equals_that_of_one_process(run_tool, trained, tmp_path):
    test = ['tools/test.py', TINY, trained / 'iter_4.pth', '--work-dir']
    run_tool(*test, tmp_path / 'one', check=True)
    run_tool(*torchrun(), *test, tmp_path / 'two', '--launcher', 'pytorch', check=True)
    assert figures(tmp_path / 'two') == figures(tmp_path / 'one')
