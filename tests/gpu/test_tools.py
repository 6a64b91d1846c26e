"""Our tools as real processes on a GPU."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from states import assert_equal

from mmseg_ext.checkpoints.safe_loading import read_checkpoint
from mmseg_ext.data.toy import draw_toy_streets

EVERYTHING = Path(__file__).parents[1] / 'tools' / 'killed' / 'everything.py'
DETERMINISTIC = 'randomness.deterministic=True'


@pytest.fixture(scope='module')
def run(repository, tmp_path_factory):
    """Run a tool on drawn data; no_gpu=True hides the GPU from it."""
    data = tmp_path_factory.mktemp('data')
    draw_toy_streets(
        data / 'toy_streets', frames=dict(train=4, val=2, shift=2), height=48, width=64, workers=1
    )

    def tool(*command, no_gpu=False):
        environment = {
            **os.environ,
            'PYTHONPATH': os.pathsep.join([str(repository), os.environ.get('PYTHONPATH', '')]),
            'MMSEG_EXT_DATA': str(data),
            **({'CUDA_VISIBLE_DEVICES': ''} if no_gpu else {}),
        }
        completed = subprocess.run(
            [sys.executable, *map(str, command)],
            cwd=repository, env=environment, capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        assert completed.returncode == 0, completed.stdout[-3000:] + completed.stderr[-3000:]
        return completed.stdout

    return tool


def train(run, work_dir, *options):
    run(
        'tools/train.py', EVERYTHING, '--work-dir', work_dir, '--resume', *options,
        '--cfg-options', DETERMINISTIC, 'default_hooks.checkpoint.max_keep_ckpts=20',
    )  # fmt: skip
    return work_dir


def test_deterministic_trainings_are_bit_equal_and_so_is_a_resumed_one(run, tmp_path):
    whole, again = (train(run, tmp_path / name) for name in ('whole', 'again'))
    resumed = tmp_path / 'resumed'
    resumed.mkdir()
    shutil.copy(whole / 'iter_7.pth', resumed)
    (resumed / 'last_checkpoint').write_text(str(resumed / 'iter_7.pth'))
    train(run, resumed)
    expected = read_checkpoint(str(whole / 'iter_12.pth'))
    for folder in (again, resumed):
        found = read_checkpoint(str(folder / 'iter_12.pth'))
        for part in ('state_dict', 'optimizer', 'param_schedulers'):
            assert_equal(found[part], expected[part])


@pytest.mark.parametrize('options', [(), ('--amp',)], ids=['float32', 'amp'])
def test_a_checkpoint_of_a_gpu_scores_the_same_on_a_cpu(run, tmp_path, options):
    trained = train(run, tmp_path / 'trained', *options)
    scores = []
    for name in ('gpu', 'cpu'):
        run(
            'tools/test.py', EVERYTHING, trained / 'iter_12.pth', '--work-dir', tmp_path / name,
            no_gpu=name == 'cpu',
        )  # fmt: skip
        (file,) = (tmp_path / name).glob('*/*.json')
        scores.append(json.loads(file.read_text()))
    assert scores[0]['mIoU'] == pytest.approx(scores[1]['mIoU'], abs=0.5)
