"""mmseg-debias predict: images and videos in, predictions out."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from mmseg_ext import Predictor
from mmseg_ext.commands.predict import KINDS
from mmseg_ext.data import CamVidDataset
from mmseg_ext.prediction import outputs
from mmseg_ext.prediction.contact_sheet import legend_line
from mmseg_ext.prediction.video import Video

CLASSES = CamVidDataset.METAINFO['classes']
PALETTE = np.array(CamVidDataset.METAINFO['palette'], np.uint8)
TINY = Path(__file__).with_name('tiny_camvid.py')


@pytest.fixture
def predict(run_here, trained, data, tmp_path, monkeypatch):
    """Run the command on the trained checkpoint, in an empty folder."""
    monkeypatch.setenv('MMSEG_EXT_DATA', str(data))
    monkeypatch.chdir(tmp_path)

    def run(*arguments, workers=0):
        return run_here(
            'predict', TINY, trained / 'iter_4.pth', *arguments, '--workers', workers
        )  # fmt: skip

    return run


@pytest.fixture
def predictor(trained, data, monkeypatch):
    monkeypatch.setenv('MMSEG_EXT_DATA', str(data))
    return Predictor(TINY, trained / 'iter_4.pth')


def picture(seed, height, width):
    """Smooth colours that the model tells apart."""
    small = np.random.default_rng(seed).integers(0, 256, (4, 5, 3), np.uint8)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)


def write_photos(folder, number):
    """Images of many suffixes, cases, sizes and sub-folders; gives their paths."""
    suffixes = ('.png', '.jpg', '.JPG', '.jpeg', '.PNG', '.bmp', '.tif', '.webp')
    paths = []
    for index in range(number):
        path = folder / ('', 'a', 'a/b')[index % 3] / f'{index}{suffixes[index % len(suffixes)]}'
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), picture(index, 20 + 7 * (index % 5), 30 + 11 * (index % 4)))
        paths.append(path)
    return paths


def write_video(path, frames, fps=10, size=(48, 64)):
    """A lossless video; gives its frames."""
    images = [picture(seed, *size) for seed in range(frames)]
    code = cv2.VideoWriter.fourcc(*'FFV1')
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, code, fps, size[::-1])
    for image in images:
        writer.write(image)
    writer.release()
    return images


def ids_in(path):
    return cv2.imread(str(path), cv2.IMREAD_UNCHANGED)


def files_in(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob('*') if path.is_file()}


def test_the_kinds_of_the_command_line_are_those_of_the_outputs():
    assert KINDS == outputs.KINDS


def test_the_legend_of_many_classes_is_on_the_page():
    names, palette = [f'class {index}' for index in range(21)], np.zeros((21, 3), np.uint8)
    assert legend_line(names[:20], palette[:20], page=False).count('#000000') == 20
    assert legend_line(names, palette, False).endswith('legend in index.html, by --html')
    assert legend_line(names, palette, True).endswith('legend in index.html')


def test_a_file_of_the_other_kind_is_named(run_here, trained, data, tmp_path, monkeypatch):
    monkeypatch.setenv('MMSEG_EXT_DATA', str(data))
    monkeypatch.chdir(tmp_path)
    # What an ONNX file begins with: the version of its format.
    Path('model.onnx').write_bytes(b'\x08\x08\x12\x07pytorch')
    photos, checkpoint = data / 'camvid/images/val', trained / 'iter_4.pth'
    code, written = run_here('predict', TINY, 'model.onnx', photos, '--out', 'out')
    assert code == 2 and 'model.onnx is an ONNX file and no checkpoint: `mmseg-de' in written.err
    assert 'predict --onnx model.onnx INPUT' in written.err
    code, written = run_here('predict', '--onnx', checkpoint, photos, '--out', 'out')
    assert code == 2 and f'error: {checkpoint} is a checkpoint and no ONNX file' in written.err
    assert f'(CONFIG {checkpoint} ...)' in written.err


def test_as_in_a_test(predict, tested, data):
    code, written = predict(data / 'camvid/images/val', '--out', 'out', workers=2)
    assert code == 0, written.err
    *_, done, where, legend = written.out.splitlines()
    assert (done, where) == ('predicted 4 image(s)', 'written: out')
    # CamVid's colours: Sky is 128, 128, 128 and Bicyclist 0, 128, 192.
    assert legend.startswith('colours: Sky #808080, ') and legend.endswith(', Bicyclist #0080c0')
    assert len(list((tested / 'out').iterdir())) == 4
    for path in (tested / 'out').iterdir():
        np.testing.assert_array_equal(ids_in(f'out/ids/{path.name}'), ids_in(path))


def test_fifty_mixed_images_of_which_two_are_broken(predict, predictor, tmp_path):
    photos = write_photos(tmp_path / 'photos', 50)
    turned, cut, text = photos[4], photos[9], photos[13]
    exif = Image.Exif()
    exif[0x0112] = 8  # to be turned by 90 degrees anticlockwise
    Image.fromarray(picture(4, 24, 60)[..., ::-1]).save(turned, exif=exif)
    cut.write_bytes(cut.read_bytes()[:-40])
    text.write_text('no image')
    (tmp_path / 'photos/notes.md').touch()
    code, written = predict(
        'photos', '--recursive', '--out', 'out', '--save', *KINDS, '--html', '--batch-size', 3,
        workers=2,
    )  # fmt: skip
    assert code == 1
    assert 'predicted 48 image(s); 2 could not be predicted\n' in written.out
    errors = [line for line in written.err.splitlines() if line.startswith('error: ')]
    assert len(errors) == 2
    assert str(cut.relative_to(tmp_path)) in errors[0] and 'truncated' in errors[0]
    assert str(text.relative_to(tmp_path)) in errors[1]
    assert 'note: 1 file(s) passed over' in written.err and 'photos/notes.md' in written.err

    good = [path for path in photos if path not in (cut, text)]
    names = [path.relative_to(tmp_path / 'photos').with_suffix('') for path in good]
    out = tmp_path / 'out'
    expected = {'index.html', 'shares.csv', 'predictions.json'}
    for kind in KINDS[:-1]:
        suffix = 'npz' if kind == 'probabilities' else 'png'
        expected |= {f'{kind}/{name}.{suffix}' for name in names}
    assert files_in(out) == expected
    rows = {
        row['image']: row for row in csv.DictReader(io.StringIO((out / 'shares.csv').read_text()))
    }
    assert len(rows) == 48
    for path, name in zip(good, names, strict=True):
        image = cv2.imread(str(path))
        prediction = predictor(image)
        ids = ids_in(out / f'ids/{name}.png')
        assert ids.dtype == np.uint8 and ids.shape == image.shape[:2]
        # Of a batch, the last digits may be others, and where two classes are as sure the ids.
        assert (ids == prediction.classes).mean() > 0.99
        with Image.open(out / f'palette/{name}.png') as palette:
            np.testing.assert_array_equal(np.array(palette), ids)
            np.testing.assert_array_equal(np.array(palette.convert('RGB')), PALETTE[ids])
        colours = PALETTE[ids][..., ::-1]
        np.testing.assert_array_equal(ids_in(out / f'color/{name}.png'), colours)
        np.testing.assert_allclose(
            ids_in(out / f'overlay/{name}.png'), (image + colours.astype(float)) / 2, atol=0.51
        )
        beside = ids_in(out / f'side-by-side/{name}.png')
        np.testing.assert_array_equal(beside, np.hstack([image, colours]))
        probabilities = np.load(out / f'probabilities/{name}.npz')['probabilities']
        assert probabilities.dtype == np.float16
        np.testing.assert_allclose(probabilities, prediction.probabilities, atol=2e-3)
        row = rows[path.relative_to(tmp_path / 'photos').as_posix()]
        shares = [float(row[each]) for each in CLASSES]
        assert shares == pytest.approx([100 * (ids == c).mean() for c in range(11)], abs=1e-4)
    assert ids_in(
        out / f'ids/{turned.relative_to(tmp_path / "photos").with_suffix("")}.png'
    ).shape == (60, 24)
    page = (out / 'index.html').read_text()
    assert page.count('<figure>') == 48 and f'href="overlay/{names[-1]}.png"' in page
    assert 'Not predicted' in page and cut.name in page and 'Sky' in page


def test_a_video(predict, predictor, tmp_path):
    frames = write_video(tmp_path / 'drive.avi', 30)
    (tmp_path / 'broken.mp4').write_text('no video')
    code, written = predict(
        'drive.avi', 'broken.mp4', '--out', 'out', '--html', '--batch-size', 4,
        '--save', 'ids', 'color', 'side-by-side', 'shares', 'probabilities',
    )  # fmt: skip
    assert code == 1
    assert 'predicted 0 image(s) and 1 video(s) of 30 frames; 1 could not' in written.out
    assert 'error: broken.mp4: OpenCV cannot read this video' in written.err
    out = tmp_path / 'out'
    per_frame = {f'ids/drive/{n:06d}.png' for n in range(30)}
    per_frame |= {f'probabilities/drive/{n:06d}.npz' for n in range(30)}
    assert files_in(out) == per_frame | {
        'color/drive.mp4', 'side-by-side/drive.mp4', 'shares.csv', 'index.html', 'predictions.json'
    }  # fmt: skip
    rows = list(csv.DictReader(io.StringIO((out / 'shares.csv').read_text())))
    assert [row['frame'] for row in rows] == [str(n) for n in range(30)]
    color, beside = (Video(out / kind / 'drive.mp4') for kind in ('color', 'side-by-side'))
    assert (color.fps, color.promised, beside.fps, beside.promised) == (10, 30, 10, 30)
    for number, (frame, drawn, both) in enumerate(
        zip(frames, color.frames(), beside.frames(), strict=True)
    ):
        ids = ids_in(out / f'ids/drive/{number:06d}.png')
        # FFV1 keeps colours but for the rounding of YUV.
        assert (ids == predictor(frame).classes).mean() > 0.95
        assert drawn.shape == (48, 64, 3) and both.shape == (48, 128, 3)
        assert np.abs(drawn.astype(int) - PALETTE[ids][..., ::-1]).mean() < 25
        assert np.abs(both[:, :64].astype(int) - frame).mean() < 25
        shares = [float(rows[number][each]) for each in CLASSES]
        assert shares == pytest.approx([100 * (ids == c).mean() for c in range(11)], abs=1e-4)


def test_nothing_is_overwritten_and_a_run_goes_on(predict, tmp_path):
    photos = write_photos(tmp_path / 'photos', 6)
    write_video(tmp_path / 'photos/drive.avi', 4)
    arguments = ['photos', '--recursive', '--out', 'out', '--save', 'ids', 'shares', 'overlay']
    assert predict(*arguments)[0] == 0
    before = {name: (tmp_path / 'out' / name).read_bytes() for name in files_in(tmp_path / 'out')}
    code, written = predict(*arguments)
    assert code == 2
    assert 'is there already, and 14 more: give --resume to go on' in written.err

    # As if it had been killed: outputs lack, and a row, and the last row is cut off.
    lines = (tmp_path / 'out/shares.csv').read_text().splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(('0.png', 'a/1.jpg'))]
    cut = [line for line in lines if line.startswith('a/1.jpg')][0][:20]
    (tmp_path / 'out/shares.csv').write_text(''.join(kept) + cut)
    (tmp_path / 'out/overlay/3.png').unlink()
    (tmp_path / 'out/overlay/drive.mp4').unlink()
    (tmp_path / 'out/ids/.3.77.tmp.png').write_text('half')
    (tmp_path / 'out/ids/.drive.tmp').mkdir()
    times = {
        name: (tmp_path / 'out' / name).stat().st_mtime_ns for name in files_in(tmp_path / 'out')
    }
    code, written = predict(*arguments, '--resume')
    assert code == 0
    assert 'predicted 3 image(s) and 1 video(s) of 4 frames; 3 were there already' in written.out
    after = {name: (tmp_path / 'out' / name).read_bytes() for name in files_in(tmp_path / 'out')}
    assert after == before
    for path in (photos[2], photos[4], photos[5]):
        name = f'ids/{path.relative_to(tmp_path / "photos").with_suffix(".png")}'
        assert (tmp_path / 'out' / name).stat().st_mtime_ns == times[name]

    code, written = predict(
        *arguments, '--resume', '--cfg-options', 'model.decode_head.dropout_ratio=0'
    )
    assert code == 2
    assert 'the predictions in out were made in another way: model_sha256 was' in written.err

    cv2.imwrite(str(photos[0]), picture(99, 30, 40))
    code, written = predict(*arguments, '--overwrite')
    assert code == 0 and 'predicted 6 image(s) and 1 video(s) of 4 frames\n' in written.out
    assert ids_in(tmp_path / 'out/ids/0.png').shape == (30, 40)


@pytest.mark.slow
def test_a_run_that_was_killed_goes_on(predict, repository, trained, data, tmp_path):
    write_photos(tmp_path / 'photos', 400)
    arguments = ['photos', '--recursive', '--save', 'ids', 'probabilities', '--out', 'out']
    here = {'PYTHONPATH': str(repository), 'MMSEG_EXT_DATA': str(data), 'OMP_NUM_THREADS': '1'}
    started = subprocess.Popen(
        [sys.executable, '-m', 'mmseg_ext', 'predict', TINY, trained / 'iter_4.pth', *arguments],
        env=os.environ | here,
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    ids = tmp_path / 'out' / 'ids'
    while len(files_in(ids) if ids.is_dir() else ()) < 20:
        assert started.poll() is None
        time.sleep(0.01)
    started.send_signal(signal.SIGKILL)
    started.wait()
    there = len(files_in(tmp_path / 'out'))
    assert there < 700
    code, written = predict(*arguments, '--resume')
    assert code == 0
    predicted = int(written.out.split('predicted ')[1].split()[0])
    assert f'{400 - predicted} were there already' in written.out and predicted <= 381
    names = files_in(tmp_path / 'out')
    assert len(names) == 801 and not any('tmp' in name for name in names)
    for name in names:
        if name.endswith('.png'):
            assert ids_in(tmp_path / 'out' / name) is not None
        elif name.endswith('.npz'):
            assert np.load(tmp_path / 'out' / name)['probabilities'].shape[0] == 11


def test_ids_of_ones_own(predict, predictor, data, tmp_path):
    table = tmp_path / 'ids.txt'
    table.write_text('\n'.join(f'{name} {300 - 7 * place}' for place, name in enumerate(CLASSES)))
    image = data / 'camvid/images/val/1.png'
    code, written = predict(image, '--out', 'out', '--save', 'ids', '--ids', table)
    assert code == 0, written.err
    ids = ids_in('out/ids/1.png')
    assert ids.dtype == np.uint16
    np.testing.assert_array_equal(ids, 300 - 7 * predictor(image).classes)
    record = json.loads(Path('out/predictions.json').read_text())
    assert record['ids']['Sky'] == 300 and record['checkpoint'].endswith('iter_4.pth')
    code, written = predict(image, '--out', 'two', '--save', 'palette', '--ids', table)
    assert code == 2 and '--save palette holds ids up to 255, and there is 300' in written.err


def test_a_list_on_standard_input(predict, tmp_path, monkeypatch):
    photos = write_photos(tmp_path / 'photos', 3)
    monkeypatch.setattr(sys, 'stdin', io.StringIO('\n'.join(map(str, photos[1:])) + '\n'))
    code, written = predict('-', '--out', 'out', '--save', 'ids', '--tta', '--amp')
    assert code == 0, written.err
    # Below the folder that the listed files have in common.
    assert files_in(tmp_path / 'out') == {'ids/1.png', 'ids/b/2.png', 'predictions.json'}


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        ([TINY, 'no.pth', 'a.png', '--out', 'x'], 'error: no checkpoint file no.pth'),
        (['none.py', TINY, 'a.png', '--out', 'x'], 'error: no config file none.py'),
        ([TINY, TINY, 'a.png'], 'required: --out'),
        ([TINY, TINY, 'none.png', '--out', 'x'], 'error: none.png: no such file or folder'),
        ([TINY, TINY, 'a.png', '--out', TINY], f'--out {TINY}: cannot be made'),
        ([TINY, TINY, 'a.png', 'a.jpg', '--out', 'x'], 'a.png and a.jpg would be written to'),
        ([TINY, TINY, 'a.png', '--out', 'x', '--save', 'masks'], "invalid choice: 'masks'"),
        ([TINY, TINY, 'a.png', '--out', 'x', '--save', 'ids', '--html'], '--html shows pictures'),
        ([TINY, TINY, 'a.png', '--out', 'x', '--opacity', '2'], 'must be from 0 to 1, got 2'),
        ([TINY, TINY, 'a.png', '--out', 'x', '--batch-size', '0'], 'must be at least 1, got 0'),
        ([TINY, TINY, 'a.png', '--out', 'x', '--workers', '-1'], 'must be at least 0, got -1'),
        ([TINY, TINY, 'a.png', '--out', 'x', '--resume', '--overwrite'], 'not allowed with'),
        ([TINY, TINY, 'a.png', '--out', 'x', '--ids', 'no.txt'], '--ids no.txt: no such file'),
        ([TINY, TINY, 'a.png', '--out', 'x', '--ids', 'two.txt'], "one id of 'Sky', as in: road"),
        ([TINY, TINY, 'ids/a.png', '--out', '.'], 'ids/a.png is an input, and would be written'),
        ([TINY, 'GOOD', 'a.png', '--out', 'x', '--device', 'cuda:99'], "device 'cuda:99': cannot"),
        ([TINY, 'GOOD', 'a.png', '--out', 'x', '--ids', 'odd.txt'], "--ids: no class 'Skyy', did"),
        ([TINY, 'GOOD', 'a.png', '--out', 'x', '--ids', 'few.txt'], "no id of 'Building'; give"),
        ([TINY, 'GOOD', 'a.png', '--out', 'x', '--ids', 'big.txt'], "line 1: '70000' is no id"),
        ([TINY, 'GOOD', 'a.png', '--out', 'made', '--resume'], '; tta was True, is False'),
        ([TINY, 'GOOD', 'a.png', '--out', 'unknown', '--resume'], 'so that what made the predict'),
    ],
)  # fmt: skip
def test_mistakes(run_here, trained, data, tmp_path, monkeypatch, arguments, message):
    monkeypatch.setenv('MMSEG_EXT_DATA', str(data))
    monkeypatch.chdir(tmp_path)
    for folder in ('ids', 'made', 'unknown/ids'):
        (tmp_path / folder).mkdir(parents=True)
    for name in ('a.png', 'a.jpg', 'ids/a.png', 'unknown/ids/a.png'):
        cv2.imwrite(name, picture(0, 20, 30))
    (tmp_path / 'made/predictions.json').write_text('{"tta": true}')
    others = ''.join(f'{name} {place}\n' for place, name in enumerate(CLASSES) if place)
    for name, text in (
        ('two', 'Sky 1 2'), ('odd', 'Skyy 0'), ('few', 'Sky 0'), ('big', f'Sky 70000\n{others}')
    ):  # fmt: skip
        (tmp_path / f'{name}.txt').write_text(text)
    arguments = [trained / 'iter_4.pth' if each == 'GOOD' else each for each in arguments]
    code, written = run_here('predict', *arguments)
    assert code == 2
    assert message in written.err
    assert 'Traceback' not in written.err
