"""The context report as a command, in this process, on drawn streets and on CamVid's layout."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from mmseg.registry import MODELS

from mmseg_debias import main
from mmseg_ext.common.seeding import seed_everything
from mmseg_ext.data.sets.camvid import CamVidDataset
from mmseg_ext.data.sets.toy_streets import ToyStreetsDataset
from mmseg_ext.data.toy.writer import draw_toy_streets
from mmseg_ext.prediction.predictor import Predictor

TINY = str(Path(__file__).parents[1] / 'tiny_camvid.py')
CLASSES = ToyStreetsDataset.METAINFO['classes']
TOY = f"""
_base_ = {TINY!r}
model = dict(decode_head=dict(num_classes=12), auxiliary_head=dict(num_classes=12))
toy = dict(type='ToyStreetsDataset', data_root='{{root}}/toy_streets')
train_dataloader = dict(dataset=toy)
val_dataloader = dict(dataset=toy)
test_dataloader = dict(dataset=dict(split='shift', **toy))
"""


@pytest.fixture(scope='module')
def toy(tmp_path_factory):
    """A config of ToyStreets, and two checkpoints that no training has seen."""
    root = tmp_path_factory.mktemp('context')
    draw_toy_streets(root / 'toy_streets', frames=dict(train=12, val=1, shift=12), workers=1)
    (root / 'toy.py').write_text(TOY.format(root=root))
    config = Config.fromfile(root / 'toy.py')
    init_default_scope('mmseg')
    for number in (0, 1):
        seed_everything(number)
        model = MODELS.build(config.model)
        meta = dict(dataset_meta=dict(classes=CLASSES))
        torch.save(dict(state_dict=model.state_dict(), meta=meta), root / f'{number}.pth')
    return root


@pytest.fixture
def context(capsys):
    def run(*arguments):
        code = main(['context', *map(str, arguments)])
        return code, capsys.readouterr()

    return run


def test_two_models_side_by_side(toy, context, tmp_path):
    code, written = context(
        toy / 'toy.py', toy / '0.pth', '--vs', toy / 'toy.py', toy / '1.pth',
        '--objects', 2, '--min-pixels', 20, '--out', tmp_path / 'out',
    )  # fmt: skip
    assert code == 0, written.err
    result = json.loads((tmp_path / 'out/context.json').read_text())
    assert [model['name'] for model in result['models']] == [str(toy / f'{n}.pth') for n in (0, 1)]
    assert result['data']['test']['images'] == result['data']['train']['images'] == 12
    assert result['settings']['objects'] == 2
    ours, theirs = result['models']
    for split in ours['splits']:
        assert sum(split['called'][0].values()) == pytest.approx(100)
    for name, change in result['difference']['paste'].items():
        assert change['usual']['value'] == pytest.approx(
            ours['paste'][name]['usual']['value'] - theirs['paste'][name]['usual']['value']
        )
    assert result['difference']['unfairness'] and result['difference']['removal']
    for title in ('outside of their usual company', 'A minus B', 'Removal test', 'Paste test'):
        assert title in written.out
    page = (tmp_path / 'out/context.html').read_text()
    for text in ('<svg role="img"', 'data:image/png;base64,', 'Context unfairness', 'min_pixels'):
        assert text in page
    for name in ('paste', 'removal', 'splits'):
        assert cv2.imread(str(tmp_path / f'out/{name}.png')) is not None
        assert f'{name}.png' in written.out


def test_a_picture_that_cannot_be_written_leaves_the_figures(toy, context, tmp_path):
    (tmp_path / 'paste.png').mkdir()
    code, written = context(
        toy / 'toy.py', toy / '0.pth', '--objects', 1, '--min-pixels', 20, '--out', tmp_path
    )
    assert code == 0
    assert 'warning: paste.png: cannot be drawn (IsADirectoryError' in written.err
    assert 'paste.png' not in written.out.splitlines()[-1]
    assert json.loads((tmp_path / 'context.json').read_text())['difference'] is None


def test_arrays_are_predicted_as_the_files_of_a_test_are(toy):
    config = Config.fromfile(toy / 'toy.py')
    predictor = Predictor(config, toy / '0.pth')
    for batch in list(Runner.build_dataloader(config.test_dataloader))[:2]:
        (expected,) = predictor.model.test_step(batch)
        image = cv2.imread(expected.img_path)
        np.testing.assert_array_equal(
            predictor(image).classes, expected.pred_sem_seg.data[0].numpy()
        )


def test_labels_only_needs_no_model_and_reads_components(context, data, monkeypatch, tmp_path):
    monkeypatch.setenv('MMSEG_EXT_DATA', str(data))
    code, written = context(TINY, '--labels-only', '--min-pixels', 1, '--out', tmp_path)
    assert code == 0, written.err
    result = json.loads((tmp_path / 'context.json').read_text())
    assert result['models'] == [] and result['difference'] is None
    assert set(result['data']['outside']) == {'Car', 'Pedestrian', 'Bicyclist'}
    assert written.out.endswith(
        f'written: {tmp_path / "context.json"}, {tmp_path / "context.html"}\n'
    )


def test_mistakes_end_in_one_line(context, data, trained, monkeypatch, tmp_path):
    monkeypatch.setenv('MMSEG_EXT_DATA', str(data))
    monkeypatch.chdir(tmp_path)
    checkpoint = trained / 'iter_4.pth'
    other = tmp_path / 'other.pth'
    torch.save(dict(state_dict={'backbone.conv1.weight': torch.zeros(1)}), other)
    no_training = tmp_path / 'no_training.py'
    no_training.write_text(f'_base_ = {TINY!r}\ntrain_dataloader = None\n')
    bare = tmp_path / 'bare.pth'
    torch.save(dict(state_dict=torch.load(checkpoint, weights_only=False)['state_dict']), bare)
    renamed = tmp_path / 'renamed.py'
    names = CamVidDataset.METAINFO['classes'][::-1]
    renamed.write_text(
        f'_base_ = {TINY!r}\ntest_dataloader = dict(dataset=dict(metainfo=dict(classes={names})))'
    )
    no_things = 'test_dataloader.dataset.metainfo.classes=[Sky,Road]'
    for arguments, message, expected in (
        ([TINY], 'give a checkpoint, or --labels-only', 2),
        ([TINY, checkpoint, '--labels-only'], 'leave out the checkpoint and --vs', 2),
        ([TINY, 'nothing.pth'], 'no checkpoint file nothing.pth', 2),
        ([TINY, checkpoint, '--vs', TINY, 'none.pth'], 'no checkpoint file none.pth', 2),
        (
            [TINY, checkpoint, '--vs', renamed, bare],
            'renamed.py: its classes (Bicyclist, Pedestrian, Car,', 2,
        ),
        ([TINY, other], 'is not a checkpoint of this model', 2),
        ([no_training, checkpoint], 'lacks train_dataloader; the context report needs', 2),
        ([TINY, checkpoint, '--cfg-options', no_things], 'has no thing_classes', 2),
        ([TINY, checkpoint, '--out', TINY], f'--out {TINY}: cannot be made', 2),
        (
            [TINY, '--labels-only', '--cfg-options', 'data_root=/no/such/folder'],
            'no folder /no/such/folder', 2,
        ),
    ):  # fmt: skip
        code, written = context(*arguments)
        assert message in written.err
        assert code == expected, arguments
        assert 'Traceback' not in written.err
    with pytest.raises(SystemExit) as ended:
        context(TINY, checkpoint, '--objects', 0)
    assert ended.value.code == 2
    assert not (tmp_path / 'work_dirs').exists()
