"""Two classes told apart by one logit, whose predictions mmseg gives in floats."""

import cv2
import numpy as np
import pytest
import torch
from drawn_camvid import draw_camvid

from mmseg_ext.reports import read_evaluation

CONFIG = """
_base_ = '{tiny}'
metainfo = dict(classes=('Sky', 'Building'), palette=[[128, 128, 128], [128, 0, 0]])
# mmseg's loss of one logit fails where a crop shows neither class.
_whole = [each for each in _base_.train_pipeline if each['type'] != 'RandomCrop']
train_dataloader = dict(num_workers=0, dataset=dict(metainfo=metainfo, pipeline=_whole))
val_dataloader = dict(dataset=dict(metainfo=metainfo))
test_dataloader = val_dataloader
val_evaluator = dict(boundary=dict(trimap_widths=[2, 4]))
test_evaluator = val_evaluator
_head = dict(
    num_classes=2,
    out_channels=1,
    threshold=0.5,
    norm_cfg=dict(type='BN'),
    loss_decode=dict(type='CrossEntropyLoss', use_sigmoid=True, _delete_=True),
)
model = dict(
    data_preprocessor=dict(size=(48, 64)),
    backbone=dict(norm_cfg=dict(type='BN')), decode_head=_head, auxiliary_head=_head,
)
"""


@pytest.fixture
def config(tmp_path, repository, monkeypatch):
    draw_camvid(tmp_path / 'camvid')
    monkeypatch.setenv('MMSEG_EXT_DATA', str(tmp_path))
    file = tmp_path / 'one_logit.py'
    file.write_text(CONFIG.format(tiny=repository / 'tests' / 'tools' / 'tiny_camvid.py'))
    return file


def test_a_training_a_test_the_calibration_and_the_analyses(config, run_here, tmp_path):
    work = tmp_path / 'work'
    code, written = run_here('train', config, '--work-dir', work)
    assert code == 0, written.err
    checkpoint = work / 'iter_4.pth'
    evaluation = read_evaluation(work / 'report' / 'report.json')
    assert evaluation.classes == ('Sky', 'Building') and evaluation.boundary is not None
    for number, options in enumerate(([], ['--tta'])):
        folder = tmp_path / f'test{number}'
        code, written = run_here(
            'test', config, checkpoint, '--work-dir', folder, '--report', folder / 'report',
            '--out', folder / 'out', '--show-dir', folder / 'painted', *options,
            '--cfg-options', f'visualizer.name={folder}',
        )  # fmt: skip
        assert code == 0, written.err
        page = (folder / 'report' / 'report.html').read_text()
        assert page.count('<figure>') == 4 * 4
        assert len(list(folder.glob('painted/**/*.png'))) == 4
    for name in ('0.png', '1.png'):
        ids = cv2.imread(str(tmp_path / 'test0' / 'out' / name), cv2.IMREAD_UNCHANGED)
        assert ids.dtype == np.uint8 and ids.max() <= 1
    code, written = run_here(
        'browse_data', config, '--out', tmp_path / 'sheets', '--show-targets-of', checkpoint
    )
    assert code == 0, written.err
    assert len(list((tmp_path / 'sheets').iterdir())) == 4

    # Its 4 iterations leave a model with everything to gain; the split is not what is tested.
    code, written = run_here(
        'calibrate', config, checkpoint, '--out', work / 'calibrated.pth', '--force'
    )
    assert code == 0, written.err
    before, after = (
        torch.load(work / name, weights_only=False) for name in ('iter_4.pth', 'calibrated.pth')
    )
    made = after['meta']['calibration']
    assert made['added'] == pytest.approx([made['bias'][1] - made['bias'][0]])
    torch.testing.assert_close(
        after['state_dict']['decode_head.conv_seg.bias'],
        before['state_dict']['decode_head.conv_seg.bias'] + made['added'][0],
    )

    for tool, arguments, message in (
        ('analyze_bias', [], 'FCNHead has one logit for two classes'),
        ('analyze_dropping', [], 'FCNHead drops no class'),
        ('show_mixture', [tmp_path / 'camvid' / 'images' / 'val' / '0.png'], 'no mixture'),
    ):
        code, written = run_here(tool, config, checkpoint, *arguments)
        assert code == 2 and written.err.startswith('error: ') and message in written.err
