"""tools/check_data.py as a real process, on the real CamVid where there is a copy."""

import json
import os
import shutil
from functools import partial

import cv2
import numpy as np
import pytest
from hostile import SIGNATURE, chunk, header, with_chunk
from layouts import write_camvid, write_png

CONFIG = 'configs/_base_/datasets/camvid_240x320.py'


@pytest.fixture(scope='module')
def linked_camvid(camvid_root, tmp_path_factory):
    """A folder for MMSEG_EXT_DATA with the real CamVid, of which files can be replaced."""
    root = tmp_path_factory.mktemp('linked') / 'camvid'
    for path in camvid_root.rglob('*'):
        if path.suffix in ('.jpg', '.png'):
            link = root / path.relative_to(camvid_root)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(path)
    return root


@pytest.mark.slow
def test_real_camvid_is_good(run_tool, linked_camvid, tmp_path):
    completed = run_tool(
        'tools/check_data.py',
        CONFIG,
        '--json',
        tmp_path / 'report.json',
        MMSEG_EXT_DATA=str(linked_camvid.parent),
    )
    assert completed.returncode == 0, completed.stderr
    assert completed.stdout.strip().endswith('701 good pairs of 701, 0 problem(s)')
    report = json.loads((tmp_path / 'report.json').read_text())
    assert report['ok'] and report['good'] == report['pairs'] == 701
    train = report['sets'][0]
    assert train['used_as'] == ['train'] and train['rarest'][0] == 'Bicyclist'
    # Published in SegNet's class statistics: about a third of train is road, 0.3 % bicyclists.
    assert train['classes']['Road']['share'] == pytest.approx(0.33, abs=0.01)
    assert train['classes']['Bicyclist']['share'] == pytest.approx(0.003, abs=0.0005)


@pytest.mark.slow
def test_three_faults_in_the_real_camvid(run_tool, linked_camvid):
    label = linked_camvid / 'annotations/train/0001TP_006690.png'
    image = linked_camvid / 'images/val/0016E5_07959.jpg'
    missing = linked_camvid / 'annotations/test/Seq05VD_f00000.png'
    ids = cv2.imread(str(label), cv2.IMREAD_UNCHANGED)
    ids[100, 200:210] = 77
    content = image.read_bytes()
    for path in (label, image, missing):
        path.unlink()
    cv2.imwrite(str(label), ids)
    image.write_bytes(content[: len(content) // 2])
    completed = run_tool('tools/check_data.py', CONFIG, MMSEG_EXT_DATA=str(linked_camvid.parent))
    assert completed.returncode == 1
    assert f'{label}: id 77 (10 pixels) found; valid ids are 0-11' in completed.stdout
    assert f'{image}: the JPEG file is truncated' in completed.stdout
    assert '1 image(s) without label file: ' in completed.stdout
    assert 'images/test/Seq05VD_f00000.jpg' in completed.stdout
    assert completed.stdout.strip().endswith('698 good pairs of 700, 3 problem(s)')


def test_missing_root_as_a_process(run_tool):
    completed = run_tool('tools/check_data.py', CONFIG, MMSEG_EXT_DATA='no/such/folder')
    assert completed.returncode == 2
    assert completed.stderr.splitlines()[-1].startswith('error: CamVidDataset: no folder ')
    assert 'no/such/folder/camvid. If the data are elsewhere, set the' in completed.stderr
    assert 'Traceback' not in completed.stderr


@pytest.fixture
def check_data(run_here, repository, monkeypatch):
    monkeypatch.chdir(repository)
    return partial(run_here, 'check_data')


@pytest.mark.parametrize(
    'arguments, message',
    [
        ([], 'the following arguments are required: config'),
        (['no/such/config.py'], 'error: no config file no/such/config.py'),
        ([CONFIG, '--cfg-options', 'data_root=no/such/folder'], 'no/such/folder. If the data are'),
        ([CONFIG, '--json', 'setup.cfg/a.json'], '--json setup.cfg: cannot be made (File exists)'),
        ([CONFIG, '--json', 'docs'], '--json docs: is a folder'),
    ],
)
def test_usage_errors(check_data, arguments, message):
    code, written = check_data(*arguments)
    assert code == 2
    assert message in written.err


def test_options(check_data, tmp_path):
    write_camvid(tmp_path / 'elsewhere', frames=1)
    shutil.rmtree(tmp_path / 'elsewhere/images/val')
    code, output = check_data(CONFIG, '--cfg-options', f'data_root={tmp_path}/elsewhere')
    assert code == 1
    assert output.out.strip().endswith('2 good pairs of 2, 1 problem(s)')
    assert 'train' in output.err  # The progress bar.


def test_hostile_files_are_problems_among_others(check_data, tmp_path):
    write_camvid(tmp_path, frames=7)
    paths = sorted((tmp_path / 'images/train').iterdir())
    paths[0].unlink()
    os.mkfifo(paths[0])
    paths[1].unlink()
    paths[1].symlink_to('/dev/zero')
    paths[2].write_bytes(SIGNATURE + chunk(b'IEND'))
    paths[3].write_bytes(SIGNATURE + header(20_000, 10_000) + chunk(b'IEND'))
    paths[4].write_bytes(with_chunk(paths[4].read_bytes(), b'eXIf', b'no EXIF'))
    paths[5].rename(paths[5].with_suffix('.tif'))
    code, output = check_data(CONFIG, '--cfg-options', f'data_root={tmp_path}')
    assert code == 1
    assert output.out.strip().endswith('15 good pairs of 20, 6 problem(s)')
    for message in (
        'train_00000.png: cannot be read (a folder, FIFO, socket or device, not a file)',
        'train_00001.png: cannot be read (a folder, FIFO, socket or device, not a file)',
        'train_00002.png: cannot be decoded (it does not begin with a PNG header)',
        'train_00003.png: its header says 20000x10000 pixels',
        'train_00004.png: which way up it is cannot be read',
        '1 image file(s) of a format that is not read (.tif); convert them to PNG: ',
    ):
        assert message in output.out
    assert 'label file(s) without image' not in output.out


def test_names_that_are_not_utf8(check_data, tmp_path):
    write_camvid(tmp_path)
    for folder in ('images/train', 'annotations/train'):
        path = tmp_path / folder / 'train_00000.png'
        path.rename(os.fsdecode(os.fsencode(path.parent) + b'/\xff\xfe.png'))
    report = tmp_path / 'report.json'
    options = ['--json', report, '--cfg-options', f'data_root={tmp_path}']
    assert check_data(CONFIG, *options)[0] == 0
    write_png(
        tmp_path / 'annotations/train' / os.fsdecode(b'\xff\xfe.png'),
        np.array([[77, 0]], np.uint8),
    )
    code, output = check_data(CONFIG, *options)
    assert code == 1
    assert '/annotations/train/\\udcff\\udcfe.png: id 77 (1 pixels) found' in output.out
    assert '\\udcff' in report.read_text()
