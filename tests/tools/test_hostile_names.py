"""Names of classes and files that break tables, figures or terminals, through all of the tools."""

import json
import os

import pytest
from drawn_camvid import draw_camvid
from hostile_camvid import CLASSES

CONFIG = """
_base_ = '{tiny}'
custom_imports = dict(imports=['mmseg_ext', 'hostile_camvid'], allow_failed_imports=False)
train_dataloader = dict(num_workers=0, dataset=dict(type='HostileCamVid'))
val_dataloader = dict(dataset=dict(type='HostileCamVid'))
test_dataloader = val_dataloader
model = dict(
    backbone=dict(norm_cfg=dict(type='BN')),
    decode_head=dict(norm_cfg=dict(type='BN')),
    auxiliary_head=dict(norm_cfg=dict(type='BN')),
)
"""


@pytest.fixture
def config(tmp_path, repository, monkeypatch):
    draw_camvid(tmp_path / 'camvid')
    # A file name that is no UTF-8, one that is a command, and one that is markup.
    for kind in ('images', 'annotations'):
        folder = os.fsencode(tmp_path / 'camvid' / kind / 'val')
        for number, name in enumerate((b'caf\xe9.png', b'\x1b[31m.png', b'<b>|.png')):
            os.rename(os.path.join(folder, b'%d.png' % number), os.path.join(folder, name))
    monkeypatch.setenv('MMSEG_EXT_DATA', str(tmp_path))
    file = tmp_path / 'hostile.py'
    file.write_text(CONFIG.format(tiny=repository / 'tests' / 'tools' / 'tiny_camvid.py'))
    return file


@pytest.mark.slow
def test_a_training_a_test_and_their_reports(config, run_here, tmp_path):
    work = tmp_path / 'work'
    code, written = run_here('train', config, '--work-dir', work)
    assert code == 0, written.err
    report = json.loads((work / 'report' / 'report.json').read_text())
    assert report['classes'] == list(CLASSES)
    assert '\udce9' in ''.join(report['images']) and '\x1b[31m.png' in report['images']
    code, written = run_here(
        'test', config, work / 'iter_4.pth', '--work-dir', tmp_path / 'tested', '--report',
        tmp_path / 'report', '--out', tmp_path / 'out', '--show-dir', tmp_path / 'painted',
        # A process has one visualizer of a name, and that of the training writes elsewhere.
        '--cfg-options', f'visualizer.name={tmp_path}',
    )  # fmt: skip
    assert code == 0, written.err
    assert len(os.listdir(os.fsencode(tmp_path / 'out'))) == 4
    assert len(list(tmp_path.glob('painted/**/*.png'))) == 4
    page = (tmp_path / 'report' / 'report.html').read_text(encoding='utf-8')
    assert 'cannot be drawn' not in page and page.count('<figure>') == 4 * 4
    for arguments in (
        ('report', 'show', work),
        ('report', 'show', f'a\x1b={work}', f'b={work}'),
        ('report', 'list', tmp_path),
        ('check_data', config, '--json', tmp_path / 'checked.json'),
        ('browse_data', config, '--out', tmp_path / 'sheets', '--split', 'val'),
    ):
        code, written = run_here(*arguments)
        assert code == 0, written.err
        assert '\x1b' not in written.out + written.err, arguments
        written.out.encode('utf-8')
    assert len(os.listdir(os.fsencode(tmp_path / 'sheets'))) == 4
