"""The quick starts on the original mmsegmentation, by its own unmodified command lines."""

import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

pytestmark = pytest.mark.compat

ITERATIONS = 4
QUICK_STARTS = ['debias_deeplab', 'baseline_deeplab', 'boundary_deeplab', 'gmm_deeplab']
SMALL = {
    'train_cfg.max_iters': ITERATIONS,
    'train_cfg.val_interval': ITERATIONS,
    'default_hooks.checkpoint.interval': ITERATIONS,
    'default_hooks.logger.interval': 1,
    'train_dataloader.batch_size': 2,
    'train_dataloader.num_workers': 1,
    'val_dataloader.num_workers': 1,
    'test_dataloader.num_workers': 1,
}


@pytest.fixture(scope='module')
def data_folder(tmp_path_factory) -> Path:
    from mmseg_ext.data.toy import draw_toy_streets

    folder = tmp_path_factory.mktemp('data')
    draw_toy_streets(folder / 'toy_streets', frames={'train': 6, 'val': 3, 'shift': 3}, workers=1)
    return folder


def run_tool(repository: Path, data_folder: Path, tool: str, *arguments: str) -> None:
    """Run a command line of the installed mmsegmentation on a config of ours."""
    import mmseg

    ended = subprocess.run(
        [sys.executable, str(Path(mmseg.__file__).parent / '.mim' / 'tools' / tool), *arguments],
        cwd=repository,
        env={**os.environ, 'MMSEG_EXT_DATA': str(data_folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout[-4000:]


def scalars(work_dir: Path) -> list[dict]:
    """Every line that the runs of a work dir logged, in order."""
    files = sorted(work_dir.glob('*/vis_data/scalars.json'))
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]


def test_the_stack_is_the_original():
    assert version('mmsegmentation') == '1.2.2'
    assert version('mmcv-lite') == '2.1.0'
    assert version('mmengine') == '0.10.7'


@pytest.mark.parametrize('name', QUICK_STARTS)
def test_train_save_evaluate(name, repository, data_folder, tmp_path):
    config = f'configs/{name}.py'
    options = ['--cfg-options', *(f'{key}={value}' for key, value in SMALL.items())]
    work_dir = tmp_path / 'train'
    run_tool(repository, data_folder, 'train.py', config, '--work-dir', str(work_dir), *options)
    checkpoint = work_dir / f'iter_{ITERATIONS}.pth'
    assert checkpoint.is_file()
    logged = scalars(work_dir)
    assert [line['step'] for line in logged if 'loss' in line] == list(range(1, ITERATIONS + 1))
    assert ('loss_suppression' in str(logged)) == name.startswith('debias')
    assert ('loss_z' in str(logged)) == name.startswith('gmm')
    for task in ('edge', 'contour', 'distance'):
        assert (f'loss_{task}' in str(logged)) == name.startswith('boundary')

    work_dir = tmp_path / 'test'
    arguments = [config, str(checkpoint), '--work-dir', str(work_dir), *options]
    arguments.append('test_dataloader.dataset.split=shift')
    run_tool(repository, data_folder, 'test.py', *arguments)
    (report,) = work_dir.glob('*/*.json')
    metrics = json.loads(report.read_text())
    assert 0 <= metrics['mIoU'] <= 100
    assert any(key.startswith('IoU/') for key in metrics)
