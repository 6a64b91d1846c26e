"""mmseg's own command lines and APIs run our quick starts, unmodified."""

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch


@pytest.fixture(scope='module')
def mmseg_tools() -> Path:
    spec = find_spec('mmseg')
    assert spec is not None and spec.origin is not None
    tools = Path(spec.origin).parent / '.mim' / 'tools'
    if not (tools / 'train.py').is_file():
        pytest.skip('this mmseg is installed without its tools')
    return tools


@pytest.fixture(scope='module')
def quick_start(run_tool, mmseg_tools, larger_toy_data, tmp_path_factory) -> Path:
    """The work folder of the debiased quick start, trained for two steps by mmseg's train.py."""
    work_dir = tmp_path_factory.mktemp('quick_start')
    run_tool(
        mmseg_tools / 'train.py', 'configs/debias_deeplab.py', '--work-dir', work_dir,
        '--cfg-options', 'train_cfg.max_iters=2', 'train_cfg.val_interval=2',
        'train_dataloader.batch_size=2', 'default_hooks.logger.interval=1',
        'default_hooks.checkpoint.save_best=IoU.road', 'default_hooks.checkpoint.rule=greater',
        check=True, MMSEG_EXT_DATA=str(larger_toy_data),
    )  # fmt: skip
    return work_dir


def test_train(quick_start):
    assert (quick_start / 'iter_2.pth').is_file()
    assert list(quick_start.glob('*/vis_data/events.out.tfevents.*'))


def test_the_score_of_a_class_is_logged_and_chooses_the_best(quick_start):
    (scalars,) = quick_start.glob('*/vis_data/scalars.json')
    logged = json.loads(scalars.read_text().splitlines()[-1])
    assert {'IoU/cyclist', 'Precision/sky', 'F1/road', 'tail_mIoU', 'fwIoU'} < set(logged)
    assert (quick_start / 'best_IoU.road_iter_2.pth').is_file()


def test_test(run_tool, mmseg_tools, quick_start, larger_toy_data, tmp_path):
    completed = run_tool(
        mmseg_tools / 'test.py', 'configs/debias_deeplab.py', quick_start / 'iter_2.pth',
        '--work-dir', tmp_path, '--out', tmp_path / 'out',
        check=True, MMSEG_EXT_DATA=str(larger_toy_data),
    )  # fmt: skip
    assert 'mIoU' in completed.stdout
    assert len(list((tmp_path / 'out').iterdir())) == 2


def test_inference_apis_agree(quick_start, larger_toy_data, repository, monkeypatch):
    from mmseg.apis import MMSegInferencer, inference_model, init_model

    monkeypatch.setenv('MMSEG_EXT_DATA', str(larger_toy_data))
    config = str(repository / 'configs' / 'debias_deeplab.py')
    checkpoint = str(quick_start / 'iter_2.pth')
    image = str(next((larger_toy_data / 'toy_streets' / 'images' / 'val').iterdir()))
    model = init_model(config, checkpoint, device='cpu')
    prediction = inference_model(model, image).pred_sem_seg.data
    assert prediction.shape == (1, 96, 128)
    assert model.dataset_meta['classes'][0]
    inferencer = MMSegInferencer(config, checkpoint, device='cpu')
    predicted = inferencer(image, show=False)['predictions']
    np.testing.assert_array_equal(predicted, prediction[0].numpy())
    assert torch.isfinite(inference_model(model, image).seg_logits.data).all()


# Runs command lines one after the other, as each start of a process costs seconds.
ONE_BY_ONE = """
import json, runpy, sys
for tool, *arguments in json.loads(sys.argv[1]):
    sys.argv = [tool, *arguments]
    runpy.run_path(tool, run_name='__main__')
"""


@pytest.mark.slow
def test_boundary_quick_start(run_tool, mmseg_tools, toy_data, tmp_path):
    config = 'configs/boundary_deeplab.py'
    train = [
        str(mmseg_tools / 'train.py'), config, '--work-dir', str(tmp_path), '--cfg-options',
        'train_cfg.max_iters=2', 'train_cfg.val_interval=2', 'train_dataloader.batch_size=2',
        'default_hooks.logger.interval=1',
    ]  # fmt: skip
    test = [
        str(mmseg_tools / 'test.py'), config, str(tmp_path / 'iter_2.pth'),
        '--work-dir', str(tmp_path / 'test'), '--out', str(tmp_path / 'out'),
    ]  # fmt: skip
    completed = run_tool(
        '-c', ONE_BY_ONE, json.dumps([train, test]), check=True, MMSEG_EXT_DATA=str(toy_data)
    )
    (log,) = tmp_path.glob('2*/*.log')
    for task in ('edge', 'contour', 'distance'):
        assert f'loss_{task}' in log.read_text()
    assert len(list((tmp_path / 'out').iterdir())) == 2
    assert 'mIoU' in completed.stdout
