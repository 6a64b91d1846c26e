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
    """Another project: the README's config and a folder of images and labels."""
    readme = (repository / 'README.md').read_text(encoding='utf-8')
    (config,) = re.findall(r'```python\n(.*?)```', readme, flags=re.DOTALL)
    (tmp_path / 'my_config.py').write_text(config, encoding='utf-8')
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


def test_the_example_trains_and_tests_with_the_tools_of_mmseg(project, repository):
    environment = os.environ | {'PYTHONPATH': str(repository)}

    def run(*command):
        done = subprocess.run(
            [sys.executable, *command], cwd=project, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    trained = run(mmseg_tool('train.py'), 'my_config.py', '--work-dir', 'work')
    assert 'decode.loss_suppression' in trained
    tested = run(mmseg_tool('test.py'), 'my_config.py', 'work/iter_4.pth', '--work-dir', 'work')
    for name in ('road', 'car', 'cyclist'):
        assert re.search(rf'\| {name} +\|', tested)


def test_every_file_that_the_documents_link_to_exists(repository):
    for document in [*repository.glob('*.md'), *repository.glob('docs/*.md')]:
        for target in re.findall(r'\]\(([^)#]+)', document.read_text(encoding='utf-8')):
            if '://' not in target:
                assert (document.parent / target).exists(), f'{document.name} links to {target}'


def test_every_test_that_proves_a_promise_exists(repository):
    named = re.findall(
        r'`(tests/\S+\.py)::(\w+)`', (repository / 'docs/reliability.md').read_text()
    )
    assert len(named) > 30
    for file, test in named:
        assert f'def {test}(' in (repository / file).read_text(), f'{file}::{test}'
