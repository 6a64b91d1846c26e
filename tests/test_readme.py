"""What the documents say must be true: their example configs are trained by mmseg's own tools."""

import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmseg.registry import MODELS


def write_examples(document, folder):
    """Write each code block that begins with its file name to that file."""
    text = document.read_text(encoding='utf-8')
    for config, name in re.findall(r'```python\n(# (my_\w+\.py)\n.*?)```', text, re.DOTALL):
        (folder / name).write_text(config, encoding='utf-8')


def draw_frames(images, labels):
    rng = np.random.default_rng(0)
    images.mkdir(parents=True)
    labels.mkdir(parents=True)
    for index in range(3):
        label = np.zeros((96, 128), np.uint8)
        label[40:60, 20 + 10 * index : 60] = 1
        label[30:40, 90:95] = 2
        image = (label[..., None] * 80 + rng.integers(0, 60, (96, 128, 3))).astype(np.uint8)
        cv2.imwrite(str(images / f'{index}.png'), image)
        cv2.imwrite(str(labels / f'{index}.png'), label)


@pytest.fixture
def project(tmp_path, repository):
    """Another project: the configs of the document and a folder of images and labels."""
    write_examples(repository / 'docs/start/own-model.md', tmp_path)
    for split in ('train', 'val'):
        draw_frames(tmp_path / f'my_data/images/{split}', tmp_path / f'my_data/labels/{split}')
    return tmp_path


def mmseg_tool(name):
    return str(Path(find_spec('mmseg').origin).parent / '.mim' / 'tools' / name)


def run_example(code: str, folder: Path, repository: Path) -> subprocess.CompletedProcess:
    done = subprocess.run(
        [sys.executable, '-c', code],
        cwd=folder,
        env=os.environ | {'PYTHONPATH': str(repository), 'OMP_NUM_THREADS': '1'},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done


@pytest.mark.slow
@pytest.mark.parametrize(
    ('config', 'loss'),
    [
        ('my_debias.py', 'decode.loss_suppression'),
        ('my_boundary.py', 'aux_2.loss_distance'),
        ('my_mixture.py', 'decode.loss_z'),
    ],
)
def test_the_examples_train_and_test_with_the_tools_of_mmseg(project, repository, config, loss):
    environment = os.environ | {'PYTHONPATH': str(repository)}

    def run(*command):
        done = subprocess.run(
            [sys.executable, *command], cwd=project, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    trained = run(mmseg_tool('train.py'), config, '--work-dir', 'work')
    assert loss in trained
    tested = run(mmseg_tool('test.py'), config, 'work/iter_4.pth', '--work-dir', 'work')
    for name in ('road', 'car', 'cyclist'):
        assert re.search(rf'\| +{name} +\|', tested)


@pytest.mark.slow
def test_a_data_set_of_ones_own_is_checked_as_the_document_says(tmp_path, repository):
    write_examples(repository / 'data/README.md', tmp_path)
    for split in ('train', 'val'):
        draw_frames(tmp_path / 'my_data/images' / split, tmp_path / 'my_data/labels' / split)
    done = subprocess.run(
        [sys.executable, str(repository / 'tools/check_data.py'), 'my_data.py'],
        cwd=tmp_path,
        env=os.environ | {'PYTHONPATH': str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    checked = subprocess.run(
        [sys.executable, str(repository / 'tools/check_data.py'), 'my_folders.py'],
        cwd=tmp_path,
        env=os.environ | {'PYTHONPATH': str(repository)},
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stderr
    assert re.search(r'vehicle +5\.290 +3\n', checked.stdout)
    # 20 rows of 40, 30 and 20 pixels of a car, and 3 times 10 by 5 of a cyclist, of 3 * 96 * 128.
    assert re.search(r'car +4\.883 +3\n', done.stdout)
    assert re.search(r'cyclist +0\.407 +3\n', done.stdout)


def documents(repository: Path) -> list[Path]:
    """Every document that is read on GitHub."""
    folders = [repository, repository / 'configs', repository / 'data']
    found = [path for folder in folders for path in folder.glob('*.md')]
    return [*found, *repository.glob('docs/**/*.md')]


def test_every_file_that_the_documents_link_to_exists(repository):
    for document in documents(repository):
        for target in re.findall(r'\]\(([^)#]+)', document.read_text(encoding='utf-8')):
            if '://' not in target:
                assert (document.parent / target).is_file(), f'{document} links to {target}'


def headings(document: str) -> set[str]:
    """The anchors that GitHub gives to the headings of a Markdown text."""
    text = re.sub(r'^```.*?^```', '', document, flags=re.DOTALL | re.MULTILINE)
    titles = re.findall(r'^#+ (.*)$', text, flags=re.MULTILINE)
    return {re.sub(r'[^\w -]', '', title.lower()).replace(' ', '-') for title in titles}


def test_every_section_that_the_documents_link_to_exists(repository):
    """On GitHub; `make docs` looks after those of the site."""
    for document in documents(repository):
        text = document.read_text(encoding='utf-8')
        for file, anchor in re.findall(r'\]\(([^):#]*)#([^)]+)\)', text):
            target = document.parent / file if file else document
            if target.suffix == '.md':
                known = headings(target.read_text(encoding='utf-8'))
                assert anchor in known, f'{document} links to {file}#{anchor}'


def test_every_document_that_the_package_names_exists(repository):
    for folder in ('mmseg_ext', 'configs', 'tools'):
        for path in (repository / folder).rglob('*.py'):
            for name in re.findall(r'\bdocs/[\w/-]+\.md', path.read_text(encoding='utf-8')):
                assert (repository / name).is_file(), f'{path} names {name}'


def test_every_test_that_proves_a_promise_exists(repository):
    named = [
        promise
        for path in repository.glob('docs/**/*.md')
        for promise in re.findall(r'`(tests/\S+\.py)::(\w+)`', path.read_text(encoding='utf-8'))
    ]
    assert len(named) > 30
    for file, test in named:
        assert f'def {test}(' in (repository / file).read_text(), f'{file}::{test}'


def test_the_example_of_prediction(project, repository):
    model = MODELS.build(Config.fromfile(project / 'my_config.py').model)
    (project / 'work_dirs').mkdir()
    torch.save(dict(state_dict=model.state_dict()), project / 'work_dirs/model.pth')
    shutil.copy(project / 'my_data/images/val/0.png', project / 'photo.png')
    shutil.rmtree(project / 'my_data')
    text = (repository / 'docs/guides/predict.md').read_text(encoding='utf-8')
    (example,) = re.findall(r'```python\n(.*?)```', text, re.DOTALL)
    done = run_example(example, project, repository)
    assert done.stdout == '(96, 128) (3, 96, 128)\n'
    drawn, image = (cv2.imread(str(project / name)) for name in ('overlay.png', 'photo.png'))
    colours = 2 * drawn.astype(int) - image
    known = np.array([[128, 64, 128], [0, 0, 142], [119, 11, 32]])[:, ::-1]
    assert (np.abs(colours[:, :, None] - known).max(-1).min(-1) <= 1).all()


def test_the_example_of_calibration_runs_on_logits_of_anything(tmp_path, repository):
    text = (repository / 'docs/guides/calibrate.md').read_text(encoding='utf-8')
    (example,) = re.findall(r'```python\n(.*?)```', text, re.DOTALL)
    assert len(example.strip().splitlines()) <= 10
    rng = np.random.default_rng(0)
    labels = rng.choice(3, 3000, p=[0.8, 0.15, 0.05])
    logits = rng.normal(size=(3000, 3)) + 2 * np.eye(3)[labels] - [2, 1, 0]
    for name, values in dict(logits=logits, labels=labels, frames=np.arange(3000) // 100).items():
        np.save(tmp_path / f'{name}.npy', values)
    done = run_example(example, tmp_path, repository)
    assert done.stdout.endswith(' shown\n') and 'not shown' not in done.stdout
    bias = np.load(tmp_path / 'bias.npy')
    accuracy = [((logits + each).argmax(1) == labels).mean() for each in (0, bias)]
    assert accuracy[1] > accuracy[0] + 0.05


def test_logits_of_no_mmseg_model_are_scored_and_calibrated(tmp_path, repository):
    """A model that likes the road too much; the figures are counted here a second time."""
    write_examples(repository / 'docs/guides/reports.md', tmp_path)
    rng = np.random.default_rng(0)
    labels = rng.choice(3, (20, 24, 32), p=[0.8, 0.15, 0.05])
    logits = rng.normal(size=(20, 24, 32, 3)) + 2 * np.eye(3)[labels] - [0, 1.5, 3]
    labels[:, 0] = 255
    np.savez(tmp_path / 'frames.npz', logits=logits, labels=labels)

    both = 'import runpy; [runpy.run_path(f"my_{name}.py") for name in ("score", "calibration")]'
    done = run_example(both, tmp_path, repository)

    def mean_iou(part):
        pred, label = logits[part].argmax(-1), labels[part]
        counted = label != 255
        hits = [
            ((pred == c) & (label == c)).sum() / (((pred == c) | (label == c)) & counted).sum()
            for c in range(3)
        ]
        return np.mean(hits)

    assert float(done.stdout.split()[0]) == pytest.approx(mean_iou(slice(0, 20)))
    assert (tmp_path / 'before' / 'report.html').is_file()
    before, after = map(float, re.findall(r'mIoU ([\d.]+)', done.stdout))
    assert before == pytest.approx(100 * mean_iou(slice(10, 20)), abs=0.051)
    assert after > before + 5
