"""`--launcher pytorch` under torchrun, two processes, on one node and on two, on the CPU."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import layouts
import numpy as np
import pytest
import torch
from states import assert_same_training

from mmseg_ext.checkpoints.checkpoint_file import read_intact
from mmseg_ext.reports import read_evaluation

TINY = Path(__file__).parents[1] / 'tiny_camvid.py'
EVERYTHING = Path(__file__).with_name('everything.py')

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(torch.cuda.is_available(), reason='about machines without a GPU'),
]


TORCHRUN = ('-m', 'torch.distributed.run', '--standalone', '--nproc_per_node=2')


def test_training_of_the_quick_start(run_tool, larger_toy_data, tmp_path):
    completed = run_tool(
        *TORCHRUN, 'tools/train.py', 'configs/debias_deeplab.py', '--work-dir', tmp_path,
        '--launcher', 'pytorch', '--verbose', '--cfg-options', 'train_cfg.max_iters=3',
        'train_cfg.val_interval=3', 'train_dataloader.batch_size=2',
        check=True, MMSEG_EXT_DATA=str(larger_toy_data),
    )  # fmt: skip
    assert completed.stdout.count(f'results: {tmp_path}') == 1, 'only one process reports'
    assert 'Distributed launcher: pytorch' in completed.stdout
    assert 'GPU number: 2' in completed.stdout
    assert (tmp_path / 'iter_3.pth').is_file()


def test_evaluation_equals_that_of_one_process(run_tool, trained, tested, tmp_path):
    """Three frames: a sampler gives one of the two processes an image that the other has, too."""
    run_tool(
        *TORCHRUN, 'tools/test.py', TINY, trained / 'iter_4.pth', '--work-dir', tmp_path,
        '--launcher', 'pytorch', '--report', tmp_path / 'reports' / 'test',
        '--cfg-options', 'test_dataloader.dataset.indices=3', check=True,
    )  # fmt: skip
    two, one = (
        read_evaluation(work_dir / 'reports' / 'test' / 'report.json')
        for work_dir in (tmp_path, tested)
    )
    assert two.images == one.images[:3] == ('0.png', '1.png', '2.png')
    np.testing.assert_array_equal(two.matrices, one.matrices[:3])


def test_a_calibration_is_made_once_and_evaluated_by_both(run_tool, tmp_path):
    completed = run_tool(
        *TORCHRUN, 'tools/train.py', TINY, '--work-dir', tmp_path, '--seed', 3, '--calibrate',
        '--launcher', 'pytorch', check=True,
    )  # fmt: skip
    assert completed.stdout.count('calibrated checkpoint: ') == 1
    run_tool(
        'tools/test.py', TINY, tmp_path / 'iter_4_calibrated.pth', '--work-dir', tmp_path / 'one',
        '--report', tmp_path / 'one' / 'report', check=True,
    )  # fmt: skip
    both, one = (
        read_evaluation(folder / 'report.json')
        for folder in (tmp_path / 'report-calibrated', tmp_path / 'one' / 'report')
    )
    assert both.images == one.images
    np.testing.assert_array_equal(both.matrices, one.matrices)


@pytest.fixture(scope='module')
def together_config(tmp_path_factory) -> Path:
    """Everything, with a witness in each process."""
    config = tmp_path_factory.mktemp('together') / 'together.py'
    config.write_text(
        f"_base_ = '{EVERYTHING}'\n"
        "custom_imports = dict(imports=['mmseg_ext', 'witness'], allow_failed_imports=False)\n"
        "custom_hooks = [dict(type='Witness')]\n"
        "model = dict(decode_head=dict(suppression=dict(draw='present')))\n"
        'train_dataloader = dict(num_workers=1)\n'
    )
    return config


@pytest.fixture(scope='module')
def train_together(run_tool, repository, toy_data, together_config):
    """Train in two processes; gives what was said."""

    def run(work_dir: Path, *options: str, **environment: str):
        return run_tool(
            *TORCHRUN, 'tools/train.py', together_config, '--work-dir', work_dir, '--launcher',
            'pytorch', *options, MMSEG_EXT_DATA=str(toy_data),
            PYTHONPATH=f'{repository}:{Path(__file__).parent}', **environment,
        )  # fmt: skip

    return run


@pytest.fixture(scope='module')
def together(train_together, tmp_path_factory) -> Path:
    work_dir = tmp_path_factory.mktemp('unbroken_together')
    completed = train_together(work_dir)
    assert completed.returncode == 0, completed.stderr[-3000:]
    return work_dir


def witnessed(work_dir: Path, rank: int) -> list:
    return [json.loads(line) for line in (work_dir / f'rank_{rank}.jsonl').read_text().splitlines()]


def test_every_process_suppresses_the_same_class_by_the_same_share(together):
    first, second = witnessed(together, 0), witnessed(together, 1)
    assert first == second
    assert [iteration for iteration, _, _ in first] == list(range(1, 13))
    assert len({dropped for _, dropped, _ in first}) > 2
    assert [tau for _, _, tau in first] == [iteration / 12 for iteration in range(12)]


def test_and_so_do_processes_with_seeds_of_their_own(train_together, tmp_path):
    completed = train_together(
        tmp_path, '--cfg-options', 'randomness.diff_rank_seed=True', 'train_cfg.max_iters=4'
    )
    assert completed.returncode == 0, completed.stderr[-3000:]
    assert witnessed(tmp_path, 0) == witnessed(tmp_path, 1)


def test_another_number_of_processes_is_another_batch_size(run_tool, together, toy_data, tmp_path):
    """Named and refused, unless the batch of each makes up for it."""
    outcomes = [
        run_tool(
            'tools/train.py', EVERYTHING, '--work-dir', tmp_path, '--resume',
            together / 'iter_12.pth', '--cfg-options', 'model.decode_head.suppression.draw=present',
            *options, MMSEG_EXT_DATA=str(toy_data),
        )
        for options in ([], ['train_dataloader.batch_size=4'])
    ]  # fmt: skip
    assert [outcome.returncode for outcome in outcomes] == [2, 0], outcomes[1].stderr[-3000:]
    assert 'batch_size was 4, is 2' in outcomes[0].stderr


def test_scores_of_the_boundary_tasks_equal_those_of_one_process(
    run_tool, repository, together, toy_data, tmp_path
):
    """Three frames in two processes: the one that is scored twice counts once."""
    config = tmp_path / 'scored.py'
    config.write_text(
        f"_base_ = '{EVERYTHING}'\n"
        "custom_imports = dict(imports=['mmseg_ext', 'witness'], allow_failed_imports=False)\n"
        "custom_hooks = [dict(type='BoundaryMetricHook'), dict(type='ScoreWitness')]\n"
        'test_dataloader = dict(\n'
        "    batch_size=1, sampler=dict(type='DefaultSampler', shuffle=False), dataset=dict(\n"
        "        type='ToyStreetsDataset', data_root='{{$MMSEG_EXT_DATA:data}}/toy_streets',\n"
        "        split='val', indices=3, pipeline=[dict(type='LoadImageFromFile'),\n"
        "            dict(type='LoadCheckedLabels'), dict(type='LoadInstanceMap'),\n"
        "            dict(type='GenerateBoundaryTargets', dataset='ToyStreetsDataset'),\n"
        "            dict(type='PackBoundaryInputs')]))\n"
        "test_cfg = dict(type='TestLoop')\n"
        "test_evaluator = dict(type='PerClassIoU')\n"
    )
    scores = []
    for name, launch in (('one', []), ('two', TORCHRUN)):
        run_tool(
            *launch, 'tools/test.py', config, together / 'iter_12.pth', '--work-dir',
            tmp_path / name, *(['--launcher', 'pytorch'] if launch else []),
            check=True, MMSEG_EXT_DATA=str(toy_data),
            PYTHONPATH=f'{repository}:{Path(__file__).parent}',
        )  # fmt: skip
        for file in (tmp_path / name).glob('scores_*.json'):
            metrics = json.loads(file.read_text())
            scores.append([metrics[key] for key in ('edge/F', 'contour/mIoU', 'distance/accuracy')])
    assert len(scores) == 3
    assert scores[0] == scores[1] == scores[2]


def test_a_process_that_dies_ends_the_run_and_a_resume_goes_on_exactly(
    train_together, together, tmp_path
):
    started = time.monotonic()
    completed = train_together(tmp_path, WITNESS_DIES='5')
    assert completed.returncode != 0
    assert 'error: process 1 dies on purpose' in completed.stderr
    # Not the half hour after which a collective operation gives up.
    assert time.monotonic() - started < 120
    last = (tmp_path / 'last_checkpoint').read_text()
    assert last in {str(tmp_path / f'iter_{iteration}.pth') for iteration in (4, 5)}
    read_intact(last)
    completed = train_together(tmp_path, '--resume')
    assert completed.returncode == 0, completed.stderr[-3000:]
    assert_same_training(tmp_path, together, iterations=12)
    for rank in (0, 1):
        assert set(map(tuple, witnessed(tmp_path, rank))) == set(
            map(tuple, witnessed(together, rank))
        )


def test_what_one_process_finds_before_the_start_ends_both(run_tool, tmp_path):
    layouts.write_camvid(tmp_path / 'camvid', frames=4, size=(48, 64))
    # The first sample of the second process.
    broken = sorted((tmp_path / 'camvid' / 'images' / 'train').iterdir())[1]
    broken.write_bytes(b'no image')
    started = time.monotonic()
    completed = run_tool(
        *TORCHRUN, 'tools/train.py', TINY, '--work-dir', tmp_path / 'work', '--launcher',
        'pytorch', '--cfg-options', 'train_dataloader.sampler.shuffle=False',
        MMSEG_EXT_DATA=str(tmp_path),
    )  # fmt: skip
    assert completed.returncode != 0
    assert 'error: ' in completed.stderr and broken.name in completed.stderr
    assert '  loss ' not in completed.stdout
    assert time.monotonic() - started < 120


def test_a_process_that_is_killed(train_together, together, tmp_path):
    """Without a word of its own; torchrun ends the other one."""
    started = time.monotonic()
    completed = train_together(tmp_path, WITNESS_DIES='5', WITNESS_KILLED='1')
    assert completed.returncode != 0
    assert 'Signal 9 (SIGKILL)' in completed.stderr
    assert time.monotonic() - started < 120
    completed = train_together(tmp_path, '--resume')
    assert completed.returncode == 0, completed.stderr[-3000:]
    assert_same_training(tmp_path, together, iterations=12)


def test_a_node_that_is_killed_ends_the_other_and_a_resume_goes_on_exactly(
    repository, toy_data, together_config, together, tmp_path
):
    """Two torchrun of a process each, which meet at an address as those of two machines do."""

    def train(*options: str, **environment: str) -> list[int]:
        with socket.create_server(('127.0.0.1', 0)) as server:
            port = server.getsockname()[1]
        nodes = [
            subprocess.Popen(
                [
                    sys.executable, '-m', 'torch.distributed.run', '--nnodes=2',
                    '--nproc_per_node=1', '--rdzv_backend=c10d',
                    f'--rdzv_endpoint=127.0.0.1:{port}', '--rdzv_id=nodes', 'tools/train.py',
                    str(together_config), '--work-dir', str(tmp_path), '--launcher', 'pytorch',
                    *options,
                ],
                cwd=repository, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                env={**os.environ, 'MMSEG_EXT_DATA': str(toy_data), 'OMP_NUM_THREADS': '1',
                     'PYTHONPATH': f'{repository}:{Path(__file__).parent}', **environment},
            )
            for _ in range(2)
        ]  # fmt: skip
        return sorted(node.wait(timeout=300) for node in nodes)

    assert train(WITNESS_DIES='5', WITNESS_KILLED='node') == [-9, 1]
    read_intact((tmp_path / 'last_checkpoint').read_text())
    assert train('--resume') == [0, 0]
    assert_same_training(tmp_path, together, iterations=12)


@pytest.mark.parametrize(('moment', 'iteration'), [('5', 6), ('val', 4)])
def test_a_signal_to_one_process_ends_both_at_one_iteration(
    train_together, together, tmp_path, moment, iteration
):
    """The other learns of it one iteration later, or one image of the validation."""
    rarely = ['--cfg-options', 'default_hooks.checkpoint.interval=20']
    images = ['val_dataloader.batch_size=1', 'val_dataloader.dataset.split=train']
    validation = [*images, 'allow_overlap=True']
    completed = train_together(
        tmp_path, *rarely, *(validation if moment == 'val' else []), WITNESS_SIGNALLED=moment
    )
    assert completed.returncode == 1
    saved = f'stopped by SIGUSR1: iteration {iteration} of 12 is in {tmp_path}/iter_{iteration}.pth'
    assert completed.stderr.count(saved) == 1, completed.stderr[-3000:]
    assert [path.name for path in tmp_path.glob('iter_*.pth')] == [f'iter_{iteration}.pth']
    completed = train_together(tmp_path, '--resume')
    assert completed.returncode == 0, completed.stderr[-3000:]
    assert_same_training(tmp_path, together, iterations=12)


def test_a_signal_to_torchrun_reaches_its_processes(repository, toy_data, tmp_path):
    """What a scheduler that signals the command it started does."""
    process = subprocess.Popen(
        [
            sys.executable, *TORCHRUN, 'tools/train.py', str(EVERYTHING), '--work-dir',
            str(tmp_path), '--launcher', 'pytorch', '--cfg-options',
            'default_hooks.checkpoint.interval=1000', 'train_cfg.max_iters=1000',
        ],
        cwd=repository, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env={**os.environ, 'MMSEG_EXT_DATA': str(toy_data), 'OMP_NUM_THREADS': '1',
             'PYTHONPATH': str(repository)},
    )  # fmt: skip
    assert process.stdout
    before = ''
    for line in process.stdout:
        before += line
        if '  loss ' in line:
            break
    process.terminate()
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert said.count('stopped by SIGTERM: iteration ') == 1, before[-2000:] + said[-3000:]
    (checkpoint,) = tmp_path.glob('*.pth')
    assert read_intact(checkpoint)
