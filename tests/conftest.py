"""Fixtures shared by all tests."""

import logging
import os
import shutil
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import hypothesis
import pytest
from mmengine.config import Config
from mmengine.logging import MMLogger
from mmengine.registry import init_default_scope
from mmengine.runner import CheckpointLoader

from mmseg_ext.checkpoints import loaders
from mmseg_ext.checkpoints.read_once import forget

# An example that waits for another process is no failure.
hypothesis.settings.register_profile('any machine', deadline=None)
hypothesis.settings.load_profile('any machine')

REPOSITORY = Path(__file__).resolve().parents[1]
METHODS = {'debias', 'gmm', 'boundary', 'hardness'}

# For `from layouts import …`: data sets drawn in their official layouts and encodings.
TOOLS = Path(__file__).parent / 'tools'
for folder in (TOOLS.parent, TOOLS, TOOLS / 'killed'):
    sys.path.insert(0, str(folder))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Where a method was taken out of the package, what combines it with others goes with it."""
    for name in (name for marker in item.iter_markers('methods') for name in marker.args):
        assert name in METHODS
        if not find_spec(f'mmseg_ext.{name}'):
            pytest.skip(f'{name} is not part of this package')


@pytest.fixture(scope='session')
def repository() -> Path:
    """The root of the checkout: configs and tools lie there."""
    return REPOSITORY


@pytest.fixture(scope='session')
def camvid_root() -> Path:
    """The real CamVid (`images/…`, `annotations/…`), which is not part of the repository."""
    root = Path(os.environ.get('MMSEG_EXT_CAMVID', REPOSITORY.parent / 'shared' / 'camvid'))
    if not (root / 'images' / 'train').is_dir():
        pytest.skip(f'no CamVid at {root}; set MMSEG_EXT_CAMVID to a folder with it')
    return root


@pytest.fixture(autouse=True)
def mmseg_scope():
    """Names in configs are looked up in mmseg's registries, as in a run."""
    init_default_scope('mmseg')


@pytest.fixture
def tiny(tmp_path, monkeypatch) -> Config:
    """The tiny config of the tools' tests, without workers and validation, on a drawn CamVid."""
    from layouts import write_camvid

    monkeypatch.setenv('MMSEG_EXT_DATA', str(tmp_path))
    write_camvid(tmp_path / 'camvid', frames=4, size=(48, 64))
    config = Config.fromfile(REPOSITORY / 'tests' / 'tools' / 'tiny_camvid.py')
    config.work_dir = str(tmp_path / 'work')
    # mmengine's logs and message hubs are shared by name, and the time in it has only seconds.
    config.experiment_name = tmp_path.name
    config.train_dataloader.num_workers = 0
    # mmengine formats the whole config for each checkpoint, which takes longer than a step.
    for key in list(config):
        if key.startswith(('val_', 'test_', 'tta_')) or key.endswith('_pipeline'):
            config.pop(key)
    config.visualizer.vis_backends = [dict(type='LocalVisBackend')]
    # A process has one visualizer of a name, which writes where the first training did.
    config.visualizer.name = tmp_path.name
    for part in (config.model.backbone, config.model.decode_head, config.model.auxiliary_head):
        part.norm_cfg.type = 'BN'
    config.default_hooks.checkpoint = dict(
        type='AtomicCheckpointHook', by_epoch=False, interval=1, max_keep_ckpts=2
    )
    config.randomness = dict(seed=0)
    config.log_level = 'WARNING'
    return config


@pytest.fixture
def warned():
    """The warnings in mmengine's current log."""
    handler, found = logging.Handler(logging.WARNING), []
    handler.emit = lambda record: found.append(record.getMessage())
    logger = MMLogger.get_current_instance()
    logger.addHandler(handler)
    yield found
    logger.removeHandler(handler)


@pytest.fixture
def unguarded(monkeypatch):
    """Whatever guards mmengine's loaders in a test, they are its own again after it."""
    before = dict(CheckpointLoader._schemes)
    monkeypatch.setattr(loaders, '_guarded', False)
    yield
    forget()
    for prefix, loader in before.items():
        CheckpointLoader.register_scheme(prefix, loader, force=True)


@pytest.fixture
def guarded(unguarded):
    """mmengine's loaders, as our tools leave them."""
    loaders.guard_loaders()


@pytest.fixture
def heeded_interrupts():
    """Heed SIGINT, which a shell ignores in what it starts in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of three MiB."""
    folder = tmp_path / 'disk'
    folder.mkdir()
    if os.geteuid() != 0 or shutil.which('mount') is None:
        pytest.skip('only root can mount a small disk')
    mounted = subprocess.run(
        ['mount', '-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', str(folder)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip(f'no small disk can be mounted here: {mounted.stderr.decode().strip()}')
    yield folder
    subprocess.run(['umount', '--lazy', str(folder)], check=True)
