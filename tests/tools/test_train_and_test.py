"""Our own train.py and test.py as real processes, on a network and a data set of seconds."""

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

TINY = Path(__file__).with_name('tiny_camvid.py')


def predictions(folder: Path) -> dict[str, np.ndarray]:
    return {file.name: cv2.imread(str(file), cv2.IMREAD_UNCHANGED) for file in folder.iterdir()}


def assert_same_predictions(first: Path, second: Path) -> None:
    ours, theirs = predictions(first), predictions(second)
    assert sorted(ours) == sorted(theirs) == ['0.png', '1.png', '2.png', '3.png']
    for name, array in ours.items():
        np.testing.assert_array_equal(array, theirs[name])


def test_training_leaves_checkpoints_logs_and_says_where(trained):
    stdout = (trained / 'stdout.txt').read_text()
    (best,) = trained.glob('best_mIoU_iter_*.pth')
    assert f'results: {trained}\n' in stdout
    assert f'best checkpoint: {best}\n' in stdout
    assert f'last checkpoint: {trained / "iter_4.pth"}\n' in stdout
    assert f'tensorboard --logdir {trained}\n' in stdout
    assert list(trained.glob('*/vis_data/events.out.tfevents.*'))
    assert '\x1b[?25l' not in stdout, 'no progress bar outside a terminal'
    (config,) = trained.glob('*/vis_data/config.py')
    assert 'randomness = dict(seed=3)' in config.read_text()


def test_test_reports_and_writes_predictions(tested, figures):
    scores = figures(tested)
    assert 0 <= scores['mIoU'] <= 100 and 'IoU/Bicyclist' in scores
    assert all(array.shape == (48, 64) for array in predictions(tested / 'out').values())


@pytest.mark.slow
def test_augmentation_with_two_equal_views_changes_nothing(run_tool, trained, tested, tmp_path):
    """Both views unflipped: the mean of two equal predictions; and every image is painted."""
    config = tmp_path / 'two_views.py'
    text = TINY.read_text().replace("type='RandomFlip', prob=1.0", "type='RandomFlip', prob=0.0")
    config.write_text(text)
    run_tool(
        'tools/test.py', config, trained / 'iter_4.pth', '--work-dir', tmp_path / 'work',
        '--tta', '--out', tmp_path / 'out', '--show-dir', tmp_path / 'painted', check=True,
    )  # fmt: skip
    assert_same_predictions(tmp_path / 'out', tested / 'out')
    assert len(list(tmp_path.glob('painted/**/*.png'))) == 4


@pytest.mark.slow
def test_resume_goes_on_where_the_checkpoint_ends(run_tool, trained, tmp_path):
    shutil.copy(trained / 'iter_2.pth', tmp_path)
    (tmp_path / 'last_checkpoint').write_text(str(tmp_path / 'iter_2.pth'))
    completed = run_tool('tools/train.py', TINY, '--work-dir', tmp_path, '--resume', check=True)
    assert '3/4  loss ' in completed.stdout
    assert '2/4  loss ' not in completed.stdout
    resumed, whole = (
        torch.load(folder / 'iter_4.pth', weights_only=False) for folder in (tmp_path, trained)
    )
    assert resumed['meta']['iter'] == whole['meta']['iter'] == 4
    assert resumed['param_schedulers'] == whole['param_schedulers']
    assert resumed['optimizer']['param_groups'] == whole['optimizer']['param_groups']


@pytest.mark.slow
def test_a_deliberate_overfit_and_its_test(run_tool, tmp_path):
    """The same frames for everything: allowed when asked for, and named by the test."""
    same = [f'{use}_dataloader.dataset.split=train' for use in ('val', 'test')]
    run_tool(
        'tools/train.py', TINY, '--work-dir', tmp_path, '--allow-overlap',
        '--cfg-options', *same, check=True,
    )  # fmt: skip
    completed = run_tool(
        'tools/test.py', TINY, tmp_path / 'iter_4.pth', '--work-dir', tmp_path / 'test',
        '--cfg-options', *same, check=True,
    )  # fmt: skip
    (line,) = [line for line in completed.stderr.splitlines() if line.startswith('warning: ')]
    assert '4 of 4 test images are in train_dataloader too: ' in line


@pytest.mark.slow
def test_broken_label_in_training_is_one_line(run_tool, data, tmp_path):
    root = tmp_path / 'camvid'
    shutil.copytree(data / 'camvid', root)
    for label in (root / 'annotations' / 'train').iterdir():
        array = cv2.imread(str(label), cv2.IMREAD_UNCHANGED)
        array[0, :3] = 77
        cv2.imwrite(str(label), array)
    completed = run_tool(
        'tools/train.py', TINY, '--work-dir', tmp_path / 'work', '--cfg-options',
        f'data_root={root}',
    )  # fmt: skip
    assert completed.returncode == 1
    (line,) = [line for line in completed.stderr.splitlines() if line.startswith('error: ')]
    assert str(root / 'annotations' / 'train') in line and 'id 77' in line
    assert 'Traceback' not in completed.stderr
