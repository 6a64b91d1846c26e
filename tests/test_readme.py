"""What the README says must be true: its example config is trained by mmseg's own tools."""

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest


@pytest.fixture
def project(tmp_path, repository):
    """Another project: the README's configs and a folder of images and labels."""
    readme = (repository / 'README.md').read_text(encoding='utf-8')
    for config, name in re.findall(r'```python\n(# (my_\w+\.py)\n.*?)```', readme, re.DOTALL):
        (tmp_path / name).write_text(config, encoding='utf-8')
    rng = np.random.default_rng(0)
    for folder in ('images', 'labels'):
        (tmp_path / 'my_data' / folder).mkdir(parents=True)
    for index in range(3):
        label = np.zeros((96, 128), np.uint8)
        label[40:60, 20 + 10 * index : 60] = 1
        label[30:40, 90:95] = 2
        image = (label[..., None] * 80 + rng.integers(0, 60, (96, 128, 3))).astype(np.uint8)
        cv2.imwrite(str(tmp_path / 'my_data' / 'images' / f'{index}.png'), image)
        cv2.imwrite(str(tmp_path / 'my_data' / 'labels' / f'{index}.png'), label)
    return tmp_path


def mmseg_tool(name):
    return str(Path(find_spec('mmseg').origin).parent / '.mim' / 'tools' / name)


@pytest.mark.parametrize(
    ('config', 'loss'),
    [
        ('my_config.py', 'decode.loss_suppression'),
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
        assert re.search(rf'\| {name} +\|', tested)


def test_every_file_that_the_documents_link_to_exists(repository):
    for document in [*repository.glob('*.md'), *repository.glob('docs/*.md')]:
        for target in re.findall(r'\]\(([^)#]+)', document.read_text(encoding='utf-8')):
            if '://' not in target:
                assert (document.parent / target).exists(), f'{document.name} links to {target}'


def headings(document: str) -> set[str]:
    """The anchors that GitHub gives to the headings of a Markdown text."""
    text = re.sub(r'^```.*?^```', '', document, flags=re.DOTALL | re.MULTILINE)
    titles = re.findall(r'^#+ (.*)$', text, flags=re.MULTILINE)
    return {re.sub(r'[^\w -]', '', title.lower()).replace(' ', '-') for title in titles}


def test_every_section_that_the_documents_link_to_exists(repository):
    for document in [*repository.glob('*.md'), *repository.glob('docs/*.md')]:
        text = document.read_text(encoding='utf-8')
        for file, anchor in re.findall(r'\]\(([^):#]*)#([^)]+)\)', text):
            target = document.parent / file if file else document
            if target.suffix == '.md':
                known = headings(target.read_text(encoding='utf-8'))
                assert anchor in known, f'{document.name} links to {file}#{anchor}'


def test_every_test_that_proves_a_promise_exists(repository):
    named = re.findall(
        r'`(tests/\S+\.py)::(\w+)`', (repository / 'docs/reliability.md').read_text()
    )
    assert len(named) > 30
    for file, test in named:
        assert f'def {test}(' in (repository / file).read_text(), f'{file}::{test}'
