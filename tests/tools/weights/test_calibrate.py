"""A checkpoint is calibrated, and what is written decides as was promised."""

import re
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmseg.registry import DATASETS, MODELS

from mmseg_ext.calibration.driver.biased_model import BiasedModel
from mmseg_ext.calibration.objectives import OBJECTIVES
from mmseg_ext.checkpoints.loaders import load_checked
from mmseg_ext.commands.parser.fit_arguments import OBJECTIVES as CHOICES
from mmseg_ext.models.trained_model import trained_model
from mmseg_ext.reports import read_evaluation

TINY = str(Path(__file__).parents[1] / 'tiny_camvid.py')


@pytest.fixture
def calibrate(run_here, monkeypatch, data):
    monkeypatch.setenv('MMSEG_EXT_DATA', str(data))
    return partial(run_here, 'calibrate')


def record(file):
    return torch.load(file, weights_only=False)['meta']['calibration']


def test_the_file_decides_as_the_calibrated_logits(calibrate, run_here, trained, tmp_path):
    checkpoint, out = trained / 'iter_4.pth', tmp_path / 'new' / 'calibrated.pth'
    code, written = calibrate(TINY, checkpoint, '--out', out)
    assert code == 0, written.err
    assert written.out.endswith(f'written: {out}\n')
    assert 'on those frames of train that were not fitted on (4 folds' in written.out
    assert 'warning: the model was trained on these frames' in written.err
    assert 'Road 9.38 % instead of 32.96 %' in written.err
    stored, before = (torch.load(path, weights_only=False) for path in (out, checkpoint))
    meta = stored['meta'].pop('calibration')
    assert set(stored) == {'meta', 'state_dict'} and stored['meta'] == before['meta']
    changed = [
        name
        for name, value in stored['state_dict'].items()
        if not torch.equal(value, before['state_dict'][name])
    ]
    assert changed == ['decode_head.conv_seg.bias'] == [meta['parameter']]
    assert set(stored['state_dict']) == set(before['state_dict'])
    assert meta['split'] == 'train' and meta['dataset'] == 'CamVidDataset' and meta['frames'] == 4
    assert sum(meta['pixels']) == 4 * 48 * 64
    assert meta['expected']['mIoU']['after'] > meta['expected']['mIoU']['before']

    config = Config.fromfile(TINY)
    bias = torch.tensor(meta['bias'])[:, None, None]
    models = [trained_model(config.model.copy(), str(path)) for path in (checkpoint, out)]
    dataset = DATASETS.build(config.test_dataloader.dataset)
    wrong = moved = pixels = 0
    for index in range(len(dataset)):
        data = models[0].data_preprocessor(pseudo_collate([dataset[index]]), False)
        logits = BiasedModel(models[0]).logits(data['inputs'], data['data_samples'][0])
        with torch.no_grad():
            (result,) = models[1].predict(**data)
        decided = result.pred_sem_seg.data[0]
        wrong += int(((logits + bias).argmax(0) != decided).sum())
        moved += int((logits.argmax(0) != decided).sum())
        pixels += decided.numel()
    assert wrong <= 1e-5 * pixels and moved > 0.01 * pixels

    code, written = run_here(
        'test', TINY, out, '--work-dir', tmp_path / 'test', '--report', tmp_path / 'report'
    )
    assert code == 0, written.err
    tested = read_evaluation(tmp_path / 'report' / 'report.json')
    assert tested.metadata['checkpoint'] == str(out)
    code, written = run_here('export_weights', out, '--out', tmp_path / 'weights.pth')
    assert code == 0
    exported = torch.load(tmp_path / 'weights.pth', weights_only=True)
    assert exported['meta']['calibration'] == meta


@pytest.mark.slow
def test_mmsegs_own_tool_tests_the_file_alike(calibrate, run_here, run_tool, trained, tmp_path):
    tool = Path(find_spec('mmseg').origin).parent / '.mim' / 'tools' / 'test.py'
    if not tool.is_file():
        pytest.skip('this mmseg is installed without its tools')
    out = tmp_path / 'calibrated.pth'
    code, written = calibrate(TINY, trained / 'iter_4.pth', '--out', out)
    assert code == 0, written.err
    theirs = run_tool(tool, TINY, out, '--work-dir', tmp_path / 'theirs', check=True).stdout
    code, ours = run_here('test', TINY, out, '--work-dir', tmp_path / 'ours')
    scores = [re.findall(r'mIoU:? (\d+\.\d+)', text)[-1] for text in (theirs, ours.out)]
    assert scores[0] == scores[1]


def test_the_same_seed_gives_the_same_file_and_sliding_windows_are_run(
    calibrate, trained, tmp_path
):
    files = [tmp_path / f'{name}.pth' for name in ('a', 'b', 'c')]
    slide = [
        'model.test_cfg.mode=slide', 'model.test_cfg.crop_size=(32,32)',
        'model.test_cfg.stride=(16,16)',
    ]  # fmt: skip
    for file, seed in zip(files, (1, 1, 4), strict=True):
        code, written = calibrate(
            TINY, trained / 'iter_4.pth', '--out', file, '--frames', 2, '--seed', seed, '--force',
            '--split', 'val', '--cfg-options', 'test_dataloader.dataset.split=test', *slide,
        )  # fmt: skip
        assert code == 0, written.err
        assert '2 frames of val (CamVidDataset)' in written.out
        assert 'trained on these frames' not in written.err
    records = [record(file) for file in files]
    assert records[0]['bias'] == records[1]['bias'] != records[2]['bias']
    assert records[0]['split'] == 'val'


def test_the_tail_is_that_of_the_metric(calibrate, trained, tmp_path):
    out = tmp_path / 'out.pth'
    code, written = calibrate(
        TINY, trained / 'iter_4.pth', '--out', out, '--objective', 'tail_mIoU', '--force',
        '--cfg-options', 'test_evaluator.tail_classes=[Car,Road]',
    )  # fmt: skip
    assert code == 0, written.err
    assert record(out)['tail_classes'] == ['Road', 'Car']
    assert record(out)['objective'] == 'tail_mIoU'
    assert record(out)['expected']['tail_mIoU']['after'] > 0.2


def test_nothing_is_written_where_no_gain_is_shown(calibrate, trained, tmp_path):
    """A model that decides for one class everywhere, all being equally frequent."""
    stored = torch.load(trained / 'iter_4.pth', weights_only=False)
    stored['state_dict']['decode_head.conv_seg.weight'].zero_()
    stored['state_dict']['decode_head.conv_seg.bias'].zero_()[0] = 9
    constant, out = tmp_path / 'constant.pth', tmp_path / 'out.pth'
    torch.save(stored, constant)
    code, written = calibrate(TINY, constant, '--out', out)
    assert code == 0 and not out.exists()
    assert written.out.splitlines()[-1].startswith('nothing is written: no gain of mIoU is shown')
    code, written = calibrate(TINY, constant, '--out', out, '--force')
    assert code == 0 and written.out.endswith(f'written: {out}\n')
    assert record(out)['gain_shown'] is False


def test_mistakes_end_in_one_line(calibrate, run_here, trained, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    checkpoint, out = trained / 'iter_4.pth', tmp_path / 'out.pth'
    done = tmp_path / 'done.pth'
    assert calibrate(TINY, checkpoint, '--out', done)[0] == 0
    masks = variant(
        tmp_path / 'masks.py',
        "model['decode_head'] = dict(type='SegmenterMaskTransformerHead', in_channels=64, "
        'in_index=3, channels=8, num_classes=11, num_layers=1, num_heads=2, embed_dims=8, '
        "dropout_ratio=0.0, norm_cfg=dict(type='LN'))",
    )
    other = tmp_path / 'masks.pth'
    torch.save(dict(state_dict=MODELS.build(Config.fromfile(masks).model).state_dict()), other)
    no_labels = variant(
        tmp_path / 'no_labels.py',
        "val_dataloader['dataset']['pipeline'] = [dict(type='LoadImageFromFile'),"
        " dict(type='PackSegInputs')]",
    )
    nowhere = ['--cfg-options', 'data_root=/no/such/folder']
    shares = ['--cfg-options', 'train_dataloader.dataset.metainfo.train_shares=None']
    for arguments, message, expected in (
        ([TINY, 'nothing.pth', '--out', out], 'no checkpoint file nothing.pth', 2),
        ([TINY, checkpoint, '--out', checkpoint], 'is the checkpoint itself; name another', 2),
        ([TINY, checkpoint, '--out', tmp_path], 'is a folder', 2),
        ([TINY, checkpoint, '--out', out, '--split', 'test'], '--split test: a model that was', 2),
        ([TINY, checkpoint, '--out', out, '--split', 'shift'], 'give one of train, val', 2),
        # The tiny config tests on val.
        ([TINY, checkpoint, '--out', out, '--split', 'val'], '4 of the 4 frames to fit on', 2),
        ([TINY, done, '--out', out], 'is calibrated already; take the one that', 2),
        ([masks, other, '--out', out, *nowhere], 'last layer is the 1x1 convolution', 2),
        ([TINY, checkpoint, '--out', out, *nowhere], 'no folder /no/such/folder', 2),
        ([no_labels, checkpoint, '--out', out], 'whose pipeline loads labels', 2),
        (
            [
                no_labels,
                checkpoint,
                '--out',
                out,
                '--split',
                'val',
                '--cfg-options',
                'test_dataloader.dataset.split=test',
            ],
            '.png: no label to fit on',
            1,
        ),
        ([TINY, checkpoint, '--out', out, '--frames', '1'], 'of 1 images', 2),
        ([TINY, checkpoint, '--out', out, '--frames', '0'], 'must be at least 1', 2),
        ([TINY, checkpoint, '--out', out, '--objective', 'IoU'], "invalid choice: 'IoU'", 2),
        (
            [TINY, checkpoint, '--out', out, '--objective', 'tail_mIoU', *shares],
            'no class is known to be rare; give train_shares',
            2,
        ),
    ):
        code, written = calibrate(*arguments)
        assert message in written.err, written.err
        assert code == expected, arguments
        assert 'Traceback' not in written.err
    assert not out.exists()
    code, written = run_here('train', TINY, '--work-dir', tmp_path / 'w', '--resume', done)
    assert code == 2 and 'lacks the state of its training' in written.err
    assert load_checked(str(done))['meta']['calibration']['scale'] > 0


def variant(path: Path, line: str) -> Path:
    """The tiny config with a line at its end."""
    path.write_text(f'{Path(TINY).read_text()}\n{line}\n')
    return path


def test_every_objective_can_be_chosen():
    assert CHOICES == OBJECTIVES


def test_a_training_calibrates_at_its_end(run_here, data, monkeypatch, tmp_path):
    monkeypatch.setenv('MMSEG_EXT_DATA', str(data))
    code, written = run_here(
        'train', TINY, '--work-dir', tmp_path, '--seed', '3', '--calibrate', '--cfg-options',
        'train_dataloader.num_workers=0', f'visualizer.name={tmp_path}',
        'model.decode_head.norm_cfg.type=BN', 'model.auxiliary_head.norm_cfg.type=BN',
        'model.backbone.norm_cfg.type=BN',
    )  # fmt: skip
    assert code == 0, written.err
    lines = written.out.splitlines()[-3:]
    assert lines[0] == f'calibrated checkpoint: {tmp_path}/iter_4_calibrated.pth'
    assert lines[1] == f'calibrated report: {tmp_path}/report-calibrated/report.html'
    assert lines[2].endswith(f' side by side: mmseg-debias report show {tmp_path}')
    assert written.out.count('val: as trained mIoU ') == written.out.count('; calibrated mIoU') == 1
    code, written = run_here('report', 'show', tmp_path)
    assert code == 0 and '| as trained | calibrated | difference |' in written.out
    assert read_evaluation(tmp_path / 'report-calibrated' / 'report.json').metadata['checkpoint']
