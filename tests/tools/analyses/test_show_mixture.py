"""show_mixture: a picture an image, with labels where a data set has it, and one of the means."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmseg.registry import DATASETS

from mmseg_ext.data import ToyStreetsDataset

CONFIG = 'configs/gmm_deeplab.py'


@pytest.fixture(scope='module')
def checkpoint(repository, tmp_path_factory):
    """Random weights of the mixture's quick start, without PostNet."""
    from mmengine.registry import init_default_scope
    from mmseg.registry import MODELS

    config = Config.fromfile(repository / CONFIG)
    init_default_scope('mmseg')
    torch.manual_seed(0)
    model = MODELS.build(config.model)
    # Weights of usual size, of which an image has several classes.
    torch.nn.init.normal_(model.decode_head.conv_seg.weight)
    state = model.state_dict()
    state = {name: value for name, value in state.items() if 'posterior_net' not in name}
    path = tmp_path_factory.mktemp('checkpoint') / 'random.pth'
    torch.save(dict(state_dict=state, meta={}), path)
    return path


@pytest.fixture
def show(run_here, repository, monkeypatch, tmp_path, toy_data):
    """Run the tool; gives exit code, what it printed and the folder."""
    monkeypatch.setenv('MMSEG_EXT_DATA', str(toy_data))
    monkeypatch.chdir(repository)

    def run(*arguments: object, out=tmp_path / 'out'):
        return *run_here('show_mixture', *arguments, '--out', out), tmp_path / 'out'

    return run


def test_images_of_the_data_set_and_others(show, checkpoint, toy_data, tmp_path):
    known = toy_data / 'toy_streets' / 'images' / 'val' / '0001.png'
    stranger = tmp_path / 'stranger.png'
    cv2.imwrite(str(stranger), cv2.imread(str(known)))
    code, printed, out = show(CONFIG, checkpoint, known, stranger)
    assert code == 0, printed.err
    files = [out / name for name in ('00_0001.png', '01_stranger.png', 'means.png')]
    assert printed.out.split()[-3:] == list(map(str, files))
    assert 'missing' not in printed.out
    sheets = [cv2.imread(str(file)) for file in files[:2]]
    # 48x64 enlarged four times below a title: image, labels and prediction, then 12 components in
    # rows of four.
    cell_height, cell_width = 4 * 48 + 24 + 6, 4 * 64 + 6
    assert sheets[0].shape[1] == 4 * cell_width + 6
    image = cv2.imread(str(known))
    ids = cv2.imread(
        str(toy_data / 'toy_streets' / 'annotations' / 'val' / '0001.png'), cv2.IMREAD_UNCHANGED
    )
    palette = np.array(ToyStreetsDataset.METAINFO['palette'], np.uint8)[:, ::-1]
    panels = [
        [sheet[24 : 24 + 192 : 4, left : left + 256 : 4] for left in (6, 6 + cell_width)]
        for sheet in sheets
    ]
    for shown, _ in panels:
        np.testing.assert_array_equal(shown, image)
    np.testing.assert_array_equal(panels[0][1], palette[ids])
    assert not np.array_equal(panels[1][1], palette[ids])
    assert all(4 * cell_height <= sheet.shape[0] < 5 * cell_height for sheet in sheets)


def test_classes_and_colours_are_those_of_the_built_data_set(show, checkpoint, toy_data, tmp_path):
    palette = ToyStreetsDataset.METAINFO['palette'][::-1]
    config = tmp_path / 'wrapped.py'
    config.write_text(
        f"_base_ = '{Path(CONFIG).absolute()}'\n"
        f'plain = dict(_base_.test_dataloader.dataset, metainfo=dict(palette={palette}))\n'
        "wrapped = dict(_delete_=True, type='GuardedDataset', dataset=plain)\n"
        'test_dataloader = dict(dataset=wrapped)\n'
    )
    image = toy_data / 'toy_streets' / 'images' / 'val' / '0001.png'
    code, printed, out = show(config, checkpoint, image)
    assert code == 0, printed.err
    labels = cv2.imread(str(image).replace('images', 'annotations'), cv2.IMREAD_UNCHANGED)
    left = 6 + 4 * 64 + 6
    panel = cv2.imread(str(out / '00_0001.png'))[24 : 24 + 192 : 4, left : left + 256 : 4]
    np.testing.assert_array_equal(panel, np.array(palette, np.uint8)[labels][..., ::-1])


def test_the_padding_of_the_preprocessor_is_not_drawn(show, checkpoint, toy_data):
    from mmseg_ext.models.trained_model import trained_model

    image = toy_data / 'toy_streets' / 'images' / 'val' / '0001.png'
    padding = 'model.data_preprocessor.test_cfg.size=(80,96)'
    code, printed, out = show(CONFIG, checkpoint, image, '--cfg-options', padding)
    assert code == 0, printed.err
    left = 6 + 2 * (4 * 64 + 6)
    panel = cv2.imread(str(out / '00_0001.png'))[24 : 24 + 192 : 4, left : left + 256 : 4]
    config = Config.fromfile(CONFIG)
    config.model.data_preprocessor.test_cfg = dict(size=(80, 96))
    packed = DATASETS.build(config.test_dataloader.dataset)[1]
    assert Path(packed['data_samples'].img_path) == image
    (predicted,) = trained_model(config.model, str(checkpoint)).test_step(pseudo_collate([packed]))
    classes = predicted.pred_sem_seg.data[0].numpy()
    assert len(np.unique(classes)) > 1
    palette = np.array(ToyStreetsDataset.METAINFO['palette'], np.uint8)[:, ::-1]
    np.testing.assert_array_equal(panel, palette[classes])


def test_mistakes(show, checkpoint, toy_data, tmp_path):
    image = toy_data / 'toy_streets' / 'images' / 'val' / '0001.png'
    file_in_the_way = tmp_path / 'file'
    file_in_the_way.touch()
    for arguments, options, message in (
        ((CONFIG, checkpoint, 'none.png'), {}, 'error: no image file none.png\n'),
        ((CONFIG, 'none.pth', image), {}, 'error: no checkpoint file none.pth\n'),
        ((CONFIG, checkpoint, image), dict(out=file_in_the_way), 'cannot be made (File exists)'),
        (('configs/baseline_deeplab.py', checkpoint, image), {}, 'is not a checkpoint of this'),
        ((CONFIG, checkpoint), {}, 'required: IMAGE'),
    ):
        code, printed, _ = show(*arguments, **options)
        assert code == 2
        assert message in printed.err and 'Traceback' not in printed.err


def test_a_model_without_mixture(show, trained, data, monkeypatch):
    monkeypatch.setenv('MMSEG_EXT_DATA', str(data))
    image = data / 'camvid' / 'images' / 'val' / '0.png'
    code, printed, _ = show('tests/tools/tiny_camvid.py', trained / 'iter_4.pth', image)
    assert code == 2
    assert 'FCNHead predicts no mixture' in printed.err
