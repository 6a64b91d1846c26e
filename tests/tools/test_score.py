"""`mmseg-debias score`: the figures of a test, of files alone."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from layouts import write_png
from terminals import read_terminal

from mmseg_ext.evaluation import confusion_matrix
from mmseg_ext.evaluation.boundary_quality import BoundaryQuality
from mmseg_ext.evaluation.counting import count_image, evaluation_of
from mmseg_ext.reports import read_evaluation

FILES = ['frames.json', 'per_class.csv', 'report.html', 'report.json', 'report.md']


@pytest.fixture
def score(run_here):
    """Run the command; gives its exit code and what it wrote."""

    def run(*arguments):
        code, written = run_here('score', *arguments)
        return code, written.out, written.err

    return run


def test_the_predictions_of_a_test_give_its_report(score, run_here, tested, data, tmp_path):
    labels = data / 'camvid' / 'annotations' / 'val'
    code, said, _ = score(
        tested / 'out', labels, '--dataset', 'CamVidDataset', '--report', tmp_path / 'r'
    )
    assert code == 0 and said.endswith(f'report: {tmp_path / "r" / "report.html"}\n')
    assert sorted(file.name for file in (tmp_path / 'r').iterdir()) == FILES
    theirs = read_evaluation(tested / 'reports' / 'test' / 'report.json')
    ours = read_evaluation(tmp_path / 'r' / 'report.json')
    assert ours.images == theirs.images
    np.testing.assert_array_equal(ours.matrices, theirs.matrices)
    for field in ('classes', 'palette', 'ignore_index', 'train_shares', 'tail', 'drive_pattern'):
        assert getattr(ours, field) == getattr(theirs, field), field
    scalars = ours.scalars()
    for name, value in theirs.scalars().items():
        np.testing.assert_equal(scalars[name], value)
    here, there = ours.intervals(), theirs.intervals()
    for name in ('iou', 'mean_iou', 'tail_iou'):
        np.testing.assert_array_equal(getattr(here, name), getattr(there, name))
    # Of the test's, boundaries were not counted.
    assert ours.boundary_scores is not None and 'mBoundaryIoU' in scalars
    page = (tmp_path / 'r' / 'report.html').read_text()
    assert page.count('src="data:image/') == 4 * 3
    assert '<title>out on CamVidDataset' in page
    code, written = run_here(
        'report', 'compare', tmp_path / 'r', '--baseline', tested / 'reports' / 'test'
    )
    assert code == 0 and 'mIoU' in written.out


def test_boundaries_as_counted_from_the_arrays(score, tested, data, tmp_path):
    labels = data / 'camvid' / 'annotations' / 'val'
    score(tested / 'out', labels, '--dataset', 'CamVidDataset', '--report', tmp_path)
    evaluation = read_evaluation(tmp_path / 'report.json')
    for image, boundary in zip(evaluation.images, evaluation.boundary, strict=True):
        pred, label = (
            cv2.imread(str(folder / image), cv2.IMREAD_UNCHANGED)
            for folder in (tested / 'out', labels)
        )
        np.testing.assert_array_equal(boundary, BoundaryQuality().count(pred, label, 11, 11))


def test_own_classes_from_a_file(score, tmp_path):
    """Drawn: of 4 road pixels 3 are right, of 2 car pixels 1; 2 are ignored."""
    (tmp_path / 'classes.txt').write_text('road 128,64,128\ncar 0,0,142\nignore 0,0,0\n')
    road, car, void = (128, 64, 128), (0, 0, 142), (0, 0, 0)
    write_png(tmp_path / 'l/a_mask.png', np.array([[road] * 4, [car, car, void, void]], np.uint8))
    write_png(tmp_path / 'p/a.png', np.array([[0, 0, 0, 1], [1, 0, 1, 0]], np.uint8))
    code, said, wrong = score(
        tmp_path / 'p', tmp_path / 'l', '--classes', tmp_path / 'classes.txt', '--label-suffix',
        '_mask', '--tail', 'car', '--drive-pattern', '(.)', '--no-boundary', '--report',
        tmp_path / 'r', '--workers', '1',
    )  # fmt: skip
    assert code == 0, wrong
    evaluation = read_evaluation(tmp_path / 'r' / 'report.json')
    np.testing.assert_array_equal(evaluation.matrix, [[3, 1], [1, 1]])
    assert evaluation.classes == ('road', 'car') and evaluation.palette == (road, car)
    assert evaluation.images == ('a.png',) and evaluation.tail.classes == ('car',)
    assert evaluation.drive_pattern == '(.)' and evaluation.boundary is None
    # 3 of 5 and 1 of 3.
    assert '60.0' in said and '33.3' in said and '46.7' in said


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['--dataset', 'CamVid'], "no data set is called 'CamVid'"),
        (['--dataset', 'CamVidDataset', '--ignore', '3'], '--ignore is for --classes'),
        (['--classes', 'nothing.txt'], '--classes nothing.txt: no such file'),
        (['--classes', 'a,b', '--tail', 'c'], 'tail_classes'),
        (['--classes', 'a,b', '--drive-pattern', '('], 'drive_pattern'),
        (['--classes', 'a,b', '--report', __file__], f'--report {__file__}: cannot be made'),
        (['--classes', 'a,b', '--ignore', 'c'], "'c' is neither an id nor a colour"),
    ],
)
def test_mistakes_of_the_command_line(score, tmp_path, arguments, message):
    code, _, wrong = score(tmp_path, tmp_path, *arguments)
    assert code == 2 and message in wrong and 'Traceback' not in wrong


def test_bad_files_leave_no_report(score, tmp_path):
    for name in ('a', 'b'):
        write_png(tmp_path / 'l' / f'{name}.png', np.zeros((2, 3), np.uint8))
    write_png(tmp_path / 'p' / 'a.png', np.full((2, 3), 9, np.uint8))
    arguments = (tmp_path / 'p', tmp_path / 'l', '--classes', 'x,y', '--report', tmp_path / 'r')
    code, _, wrong = score(*arguments)
    assert code == 1 and f'1 label file(s) without prediction: {tmp_path}/l/b.png' in wrong
    (tmp_path / 'p' / 'b.png').write_bytes((tmp_path / 'p' / 'a.png').read_bytes()[:-6])
    code, _, wrong = score(*arguments)
    assert code == 1 and '2 of 2 pairs are bad:' in wrong
    assert f'{tmp_path}/p/a.png: id 9 (6 pixels) found; valid ids are 0-1' in wrong
    assert f'{tmp_path}/p/b.png: the PNG file is truncated' in wrong
    assert list((tmp_path / 'r').iterdir()) == []


def test_an_interruption_leaves_nothing_half_written(tmp_path, repository, heeded_interrupts):
    """It is still counting when it is interrupted; the report of before stays as it is."""
    side, report = 1500, tmp_path / 'r'
    ids = (np.indices((side, side)).sum(0) // 7 % 5).astype(np.uint8)
    write_png(tmp_path / 'p' / '000.png', ids)
    content = (tmp_path / 'p' / '000.png').read_bytes()
    for index in range(40):
        for folder in 'pl':
            path = tmp_path / folder / f'{index:03}.png'
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
    report.mkdir()
    (report / 'report.json').write_text('of before')
    process = subprocess.Popen(
        [sys.executable, '-m', 'mmseg_ext', 'score', tmp_path / 'p', tmp_path / 'l', '--classes',
         'a,b,c,d,e', '--report', report, '--workers', '2'],
        cwd=tmp_path,
        env={**os.environ, 'PYTHONPATH': str(repository), 'OMP_NUM_THREADS': '1'},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    children = Path(f'/proc/{process.pid}/task/{process.pid}/children')
    if not children.parent.exists():
        process.kill()
        pytest.skip('processes are looked up in /proc')
    end = time.monotonic() + 60
    while len(children.read_text().split()) < 2 and time.monotonic() < end:
        time.sleep(0.01)
    # What Python is told while it starts a process, it ignores.
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    said, wrong = process.communicate(timeout=60)
    assert process.returncode == 130 and wrong.strip().endswith('interrupted'), wrong
    assert said == '' and 'Traceback' not in wrong
    assert [file.name for file in report.iterdir()] == ['report.json']
    assert (report / 'report.json').read_text() == 'of before'


def test_a_terminal_shows_progress(tmp_path, repository):
    pty = pytest.importorskip('pty')
    for folder in 'pl':
        for index in range(4):
            write_png(tmp_path / folder / f'{index}.png', np.zeros((4, 6), np.uint8))
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, '-m', 'mmseg_ext', 'score', 'p', 'l', '--classes', 'a,b'],
        cwd=tmp_path,
        env={**os.environ, 'PYTHONPATH': str(repository), 'TERM': 'xterm', 'COLUMNS': '100'},
        stdout=subprocess.DEVNULL,
        stderr=follower,
    )
    os.close(follower)
    shown = read_terminal(leader)
    assert process.wait(60) == 0
    assert b'counting' in shown and b'100%' in shown


def test_the_real_camvid(score, camvid_root, tmp_path):
    """Twelve frames: predictions are the labels, moved by three pixels, in colours."""
    from mmseg_ext.data.labels.camvid import METAINFO

    palette = np.array([*METAINFO['palette'], METAINFO['palette'][0]], np.uint8)
    expected = np.zeros((11, 11), np.int64)
    for path in sorted((camvid_root / 'annotations' / 'test').glob('*.png'))[::20]:
        label = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        moved = np.roll(label, 3, axis=1)
        write_png(tmp_path / 'p' / path.name, palette[moved])
        (tmp_path / 'l').mkdir(exist_ok=True)
        (tmp_path / 'l' / path.name).symlink_to(path)
        pred = np.where(moved == 11, 0, moved)
        for true, guess in zip(label.ravel(), pred.ravel(), strict=True):
            if true < 11:
                expected[true, guess] += 1
    code, said, wrong = score(
        tmp_path / 'p', tmp_path / 'l', '--dataset', 'CamVidDataset', '--report', tmp_path / 'r'
    )
    assert code == 0, wrong
    evaluation = read_evaluation(tmp_path / 'r' / 'report.json')
    np.testing.assert_array_equal(evaluation.matrix, expected)
    assert 'consecutive frames within 2 drives' in said


def test_the_same_from_arrays():
    label = np.array([[0, 0, 1, 255]])
    preds = np.array([[0, 1, 1, 1]]), np.array([[0, 0, 1, 0]])
    counts = [
        count_image(f'{i}.png', pred, label, 2, boundary=BoundaryQuality())
        for i, pred in enumerate(preds)
    ]
    shares = {'a': 99.0, 'b': 1.0}
    meta = {'classes': ('a', 'b'), 'train_shares': shares}
    evaluation = evaluation_of(counts, meta, boundary=BoundaryQuality())
    np.testing.assert_array_equal(evaluation.matrix, [[3, 1], [0, 2]])
    assert evaluation.tail.classes == ('b',) and evaluation.boundary_scores is not None
    assert evaluation_of(counts, meta, tail_below=0).tail is None
    np.testing.assert_array_equal(evaluation.matrices[0], confusion_matrix(preds[0], label, 2))
