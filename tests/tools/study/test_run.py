"""A list of trainings is worked through, stopped, gone on with, and what fails is named."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mmseg_ext.reports import read_evaluation

TINY = Path(__file__).parent.parent / 'tiny_camvid.py'
RUN = 'tools/study/run.py'


@pytest.fixture
def listed(tmp_path) -> Path:
    broken = tmp_path / 'broken.py'
    broken.write_text(f"_base_ = '{TINY}'\nmodel = dict(decode_head=dict(num_classes=3))\n")
    path = tmp_path / 'list.txt'
    path.write_text(f'# first what fails\n{broken} 0\n\n{TINY} 5\n')
    return path


@pytest.mark.slow
def test_it_is_stopped_and_goes_on(listed, tmp_path, repository, data, run_tool):
    out = tmp_path / 'out'
    process = subprocess.Popen(
        [sys.executable, RUN, listed, '--out', out],
        cwd=repository, stderr=subprocess.PIPE, text=True,
        env={**os.environ, 'PYTHONPATH': str(repository), 'MMSEG_EXT_DATA': str(data)},
    )  # fmt: skip
    running = out / 'tiny_camvid-5/train.unfinished.log'
    deadline = time.monotonic() + 120
    while not (running.exists() and 'Checkpoints will be saved' in running.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    failed, stopped = process.communicate()[1].splitlines()
    assert failed.startswith('broken-0: train failed, see ')
    assert (process.returncode, stopped) == (143, 'stopped; the same command goes on')

    went_on = run_tool(RUN, listed, '--out', out, '--jobs', '2')
    assert went_on.returncode == 1
    assert went_on.stderr.splitlines() == [failed]
    assert (
        went_on.stdout.splitlines()
        == [f'tiny_camvid-5: {step} done' for step in ('train', 'test', 'calibrate')]
        + ['tiny_camvid-5: test-calibrated done'] * (out / 'tiny_camvid-5/calibrated.pth').exists()
    )
    meta = read_evaluation(out / 'as-trained/tiny_camvid-5/report.json').metadata
    assert meta['training_seed'] == 5

    listed.write_text(f'{TINY} 5\n')
    again = run_tool(RUN, listed, '--out', out, check=True)
    assert (again.stdout, again.stderr) == ('', '')


@pytest.mark.parametrize(
    ('lines', 'said'),
    [
        ('baseline_deeplab', "line 1: 'baseline_deeplab' is not a recipe and a seed"),
        ('\nbaseline_deeplab one', "line 2: 'baseline_deeplab one' is not a recipe and a seed"),
        ('baseline_deeplap 1', 'line 1: baseline_deeplap is neither a recipe of '),
        ('baseline_deeplab 1\nbaseline_deeplab 1', 'line 2: a second training is called '),
    ],
)
def test_a_wrong_line_is_named(lines, said, tmp_path, run_tool):
    path = tmp_path / 'list.txt'
    path.write_text(lines)
    done = run_tool(RUN, path, '--out', tmp_path / 'out')
    assert (done.returncode, done.stdout) == (2, '')
    assert f'error: {path}, {said}' in done.stderr
    assert not (tmp_path / 'out').exists()


def test_the_list_of_the_study_is_one(repository, run_tool, tmp_path):
    done = run_tool(
        RUN, repository / 'tools/study/pretrained.txt', '--out', tmp_path, '--jobs', '0'
    )
    assert done.returncode == 2
    assert '--jobs 0: give 1 or more' in done.stderr
