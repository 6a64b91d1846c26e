"""tools/prepare_data.py as real processes: what it writes, interruptions, wrong command lines."""

import os
import shutil
import signal
import subprocess
import sys
import time
from functools import partial

import cv2
import numpy as np
import pytest
from layouts import photo, write_cityscapes, write_png

SIZE = (96, 128)
FRAMES = 400


@pytest.fixture
def published(tmp_path):
    """Frames and colours in CamVid's published form: all road."""
    road = np.broadcast_to(np.array([128, 64, 128], np.uint8), (*SIZE, 3))
    image = photo(0, SIZE)
    for index in range(FRAMES):
        write_png(tmp_path / f'frames/0006R0_f{index:05}.png', image)
        write_png(tmp_path / f'colours/0006R0_f{index:05}_L.png', road)
    return tmp_path


@pytest.mark.slow
def test_camvid_killed_and_resumed(run_tool, repository, published):
    """After a kill there are only complete files, and a second run makes the rest."""
    command = [
        'tools/prepare_data.py',
        'camvid',
        str(published / 'frames'),
        str(published / 'colours'),
        '--size',
        'full',
    ]
    environment = {**os.environ, 'PYTHONPATH': str(repository), 'MMSEG_EXT_DATA': str(published)}
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=repository,
        env=environment,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    labels = published / 'camvid/annotations/train'
    while process.poll() is None and not (labels.is_dir() and len(list(labels.iterdir())) > 5):
        time.sleep(0.002)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    done = [path for path in labels.iterdir() if not path.name.startswith('.')]
    assert 0 < len(done) < FRAMES
    for path in done:
        np.testing.assert_array_equal(
            cv2.imread(str(path), cv2.IMREAD_UNCHANGED), np.full(SIZE, 3, np.uint8)
        )
    completed = run_tool(*command, MMSEG_EXT_DATA=str(published), check=True)
    written, skipped = (int(word) for word in completed.stdout.split() if word.isdigit())
    assert written + skipped == FRAMES and skipped >= len(done)
    assert 'camvid' in completed.stderr  # The progress bar.
    assert len([path for path in labels.iterdir() if path.name[0] != '.']) == FRAMES


def test_cityscapes(run_tool, tmp_path):
    pytest.importorskip('cityscapesscripts')
    write_cityscapes(tmp_path / 'cityscapes', train_ids=False)
    completed = run_tool(
        'tools/prepare_data.py', 'cityscapes', check=True, MMSEG_EXT_DATA=str(tmp_path)
    )
    assert '2 written, 0 there already' in completed.stdout
    assert len(list(tmp_path.rglob('*labelTrainIds.png'))) == 2


def test_cityscapes_without_its_scripts(run_tool, repository, tmp_path):
    """In an interpreter that does not find them."""
    (tmp_path / 'sitecustomize.py').write_text("""
import importlib.util
find_spec = importlib.util.find_spec
importlib.util.find_spec = lambda name, *a: (
    None if name == 'cityscapesscripts' else find_spec(name, *a))
""")
    write_cityscapes(tmp_path / 'cityscapes', train_ids=False)
    completed = run_tool(
        'tools/prepare_data.py',
        'cityscapes',
        tmp_path / 'cityscapes',
        PYTHONPATH=f'{tmp_path}{os.pathsep}{repository}',
    )
    assert completed.returncode == 2
    assert (
        'error: Cityscapes needs its own scripts: pip install cityscapesscripts' in completed.stderr
    )


def test_only_the_root_is_written_to(repository, tmp_path):
    """The parent of a mounted folder is often another user's."""
    write_png(tmp_path / 'frames/Seq05VD_f00000.png', photo(0, (720, 960)))
    write_png(tmp_path / 'colours/Seq05VD_f00000_L.png', np.full((720, 960, 3), 128, np.uint8))
    root = tmp_path / 'others' / 'camvid'
    root.mkdir(parents=True)
    root.parent.chmod(0o555)
    command = [sys.executable, 'tools/prepare_data.py', 'camvid', tmp_path / 'frames']
    if os.geteuid() == 0:
        if shutil.which('setpriv') is None:
            pytest.skip('root may write anywhere, and there is no setpriv to take that away')
        command = ['setpriv', '--bounding-set=-dac_override,-dac_read_search', *command]
    completed = subprocess.run(
        [*command, tmp_path / 'colours', '--root', root],
        cwd=repository, env={**os.environ, 'PYTHONPATH': str(repository)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    root.parent.chmod(0o755)
    assert '1 written' in completed.stdout, completed.stderr


@pytest.fixture
def prepare_data(run_here, repository, monkeypatch):
    monkeypatch.chdir(repository)
    return partial(run_here, 'prepare_data')


@pytest.mark.parametrize(
    'arguments, message',
    [
        ([], 'the following arguments are required: data_set'),
        (['cityscapes', 'no/such/folder'], 'no folder no/such/folder'),
        (['camvid', '.', '.', '--size', '48x'], "'48x' is neither WIDTHxHEIGHT nor 'full'"),
        (['toy', '--context-strength', '1.5'], '1.5 is not between 0 and 1'),
        (['toy', '--context-strength', 'high'], 'high is not between 0 and 1'),
    ],
)
def test_usage_errors(prepare_data, arguments, message):
    code, written = prepare_data(*arguments)
    assert code == 2
    assert message in written.err


def test_missing_default_root(prepare_data, tmp_path, monkeypatch):
    monkeypatch.setenv('MMSEG_EXT_DATA', str(tmp_path))
    code, written = prepare_data('cityscapes')
    assert code == 2
    assert f'no folder {tmp_path}/cityscapes' in written.err


def test_camvid_in_segnets_size(prepare_data, tmp_path, monkeypatch):
    monkeypatch.setenv('MMSEG_EXT_DATA', str(tmp_path / 'data'))
    write_png(tmp_path / 'frames/Seq05VD_f00000.png', photo(0, (720, 960)))
    write_png(tmp_path / 'colours/Seq05VD_f00000_L.png', np.full((720, 960, 3), 128, np.uint8))
    code, written = prepare_data('camvid', tmp_path / 'frames', tmp_path / 'colours')
    assert code == 0
    label = cv2.imread(
        str(tmp_path / 'data/camvid/annotations/test/Seq05VD_f00000.png'), cv2.IMREAD_UNCHANGED
    )
    np.testing.assert_array_equal(label, np.zeros((360, 480), np.uint8))
    assert '1 written, 0 there already' in written.out


def test_toy(prepare_data, tmp_path, monkeypatch):
    """ToyStreets has tests of its own; this is the way from the command line to it."""
    monkeypatch.setenv('MMSEG_EXT_DATA', str(tmp_path))
    root = tmp_path / 'toy_streets'
    root.mkdir()
    (root / 'diary.txt').write_text('mine')
    code, written = prepare_data('toy')
    assert code == 1
    assert written.err.startswith('error: ')
    assert (root / 'diary.txt').read_text() == 'mine'
