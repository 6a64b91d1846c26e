"""What browse_data draws: the maps of the pipeline, and those of a checkpoint."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config

BOUNDARY = 'configs/boundary_deeplab.py'
TINY = Path(__file__).parents[1] / 'tiny_camvid.py'
# 48x64 enlarged four times, under a title, and the gap after it.
CELL = (4 * 48 + 24 + 6, 4 * 64 + 6)


def panel(sheet: np.ndarray, row: int, column: int) -> np.ndarray:
    top, left = row * CELL[0] + 24, column * CELL[1] + 6
    return sheet[top : top + 192 : 4, left : left + 256 : 4]


@pytest.fixture
def browse(run_here, repository, monkeypatch, tmp_path, toy_data):
    """Run the tool; gives exit code, standard error and the sheets."""
    monkeypatch.setenv('MMSEG_EXT_DATA', str(toy_data))
    monkeypatch.chdir(repository)

    def run(config: object, *arguments: object):
        code, written = run_here('browse_data', config, '--out', tmp_path, *arguments)
        sheets = [cv2.imread(str(file)) for file in sorted(tmp_path.glob('*.png'))]
        return code, written.err, sheets

    return run


@pytest.mark.slow
def test_a_real_process_draws_all_targets(run_tool, toy_data, tmp_path):
    out = tmp_path / 'new' / 'folder'
    completed = run_tool(
        'tools/browse_data.py', BOUNDARY, '--out', out, '--number', 2,
        check=True, MMSEG_EXT_DATA=str(toy_data),
    )  # fmt: skip
    names = ['00000_0000.png', '00003_0003.png']
    assert sorted(file.name for file in out.iterdir()) == names
    assert completed.stdout.split()[-2:] == [str(out / name) for name in names]
    sheet = cv2.imread(str(out / names[0]))
    assert sheet.shape[1] == 3 * CELL[1] + 6
    edge, contour = panel(sheet, 1, 0), panel(sheet, 1, 1)
    assert set(np.unique(edge)) <= {30, 255, 110, 150}
    # The contour has classes exactly on the edges.
    np.testing.assert_array_equal((contour != 30).any(-1), (edge == 255).all(-1))


def test_a_plain_config_on_val(browse, toy_data):
    code, _, sheets = browse('configs/baseline_deeplab.py', '--split', 'val', '--number', 1)
    assert code == 0
    (sheet,) = sheets
    assert sheet.shape[1] == 2 * CELL[1] + 6
    image = cv2.imread(str(toy_data / 'toy_streets' / 'images' / 'val' / '0000.png'))
    np.testing.assert_array_equal(panel(sheet, 0, 0), image)


def test_a_guarded_data_set_with_scoped_names(browse, repository, tmp_path):
    config = Config.fromfile(repository / 'configs/baseline_deeplab.py')
    inner = config.train_dataloader.dataset
    inner.pipeline[-1].type = 'mmseg.PackSegInputs'
    config.train_dataloader.dataset = dict(type='GuardedDataset', dataset=inner)
    config.dump(tmp_path / 'guarded.py')
    code, error, sheets = browse(tmp_path / 'guarded.py', '--number', 1)
    assert code == 0, error
    assert len(sheets) == 1


@pytest.fixture(scope='module')
def checkpoint(repository, toy_data, tmp_path_factory) -> Path:
    """Random weights of the boundary quick start."""
    from mmengine.registry import init_default_scope
    from mmseg.registry import MODELS

    config = Config.fromfile(repository / BOUNDARY)
    init_default_scope('mmseg')
    model = MODELS.build(config.model)
    path = tmp_path_factory.mktemp('checkpoint') / 'random.pth'
    torch.save(dict(state_dict=model.state_dict(), meta={}), path)
    return path


def test_predicted_below_true(browse, checkpoint):
    code, error, sheets = browse(BOUNDARY, '--number', 1, '--show-targets-of', checkpoint)
    assert code == 0, error
    # Columns: image over instances, labels, edge, contour, distance.
    assert sheets[0].shape[1] == 5 * CELL[1] + 6
    assert set(np.unique(panel(sheets[0], 1, 2))) <= {30, 255}


def test_no_targets_in_the_pipeline(browse, checkpoint):
    """The validation of the quick start makes no targets: predictions stand alone."""
    arguments = ('--split', 'val', '--number', 1, '--show-targets-of', checkpoint)
    code, error, sheets = browse(BOUNDARY, *arguments)
    assert code == 0, error
    assert (panel(sheets[0], 0, 2) == 255).all()
    assert not (panel(sheets[0], 1, 3) == 255).all()


def test_a_checkpoint_without_the_heads(browse, checkpoint, tmp_path):
    state = torch.load(checkpoint, weights_only=True)['state_dict']
    for name in [name for name in state if name.startswith('auxiliary_head.1')]:
        del state[name]
    torch.save(dict(state_dict=state), tmp_path / 'stripped.pth')
    code, error, _ = browse(BOUNDARY, '--show-targets-of', tmp_path / 'stripped.pth')
    assert code == 2
    assert 'is not a checkpoint of this model' in error
    assert 'e.g. auxiliary_head.1' in error


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['--number', '0'], 'must be at least 1, got 0'),
        (['--split', 'shift'], 'invalid choice'),
        (['--show-targets-of', 'nothing.pth'], 'error: no checkpoint file nothing.pth\n'),
        (['--cfg-options', 'data_root=/no/such/folder'], 'no folder /no/such/folder'),
        (['--cfg-options', 'train_dataloader=None'], 'the config has no train_dataloader'),
        (['--out', 'setup.cfg'], '--out setup.cfg: cannot be made (File exists)'),
    ],
)
def test_mistakes(browse, arguments, message):
    code, error, _ = browse(BOUNDARY, *arguments)
    assert code == 2
    assert message in error
    assert 'Traceback' not in error
