"""A system without POSIX's locks, and without what else only some have."""

import subprocess
import sys

import pytest

# What others import of it is not what is tried here, so they are imported before.
WITHOUT_POSIX = """
import importlib, os, pkgutil, signal, sys, warnings
import albumentations, matplotlib.pyplot, mmseg.apis
for name in ('fcntl', 'resource', 'pwd', 'grp', 'termios', 'tty'):
    sys.modules[name] = None
for module, names in ((signal, ('SIGUSR1', 'SIGKILL', 'pthread_sigmask', 'sigwaitinfo')),
                      (os, ('sched_getaffinity', 'geteuid', 'statvfs'))):
    for name in names:
        delattr(module, name)
import mmseg_ext
for each in pkgutil.walk_packages(mmseg_ext.__path__, 'mmseg_ext.'):
    importlib.import_module(each.name)

from pathlib import Path
from mmseg_ext.common.atomic import atomic_path
from mmseg_ext.training.resuming.folder_lock import hold
folder = Path(sys.argv[1])
open_file = os.open
def open_no_folder(path, *arguments, **options):
    if os.path.isdir(path):
        raise PermissionError(13, 'Permission denied', str(path))
    return open_file(path, *arguments, **options)
os.open = open_no_folder
for _ in range(3):
    hold(folder)
    with atomic_path(folder / 'file.txt', durable=True) as path:
        path.write_text('whole')
"""


@pytest.mark.slow
def test_a_system_without_locks_and_syncing_of_folders(tmp_path, repository):
    done = subprocess.run(
        [sys.executable, '-W', 'always::UserWarning', '-c', WITHOUT_POSIX, str(tmp_path)],
        cwd=repository, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert (tmp_path / 'file.txt').read_text() == 'whole'
    for said in (
        f'{tmp_path}/.training_lock cannot be locked (this system has none of POSIX)',
        f'{tmp_path}: a folder cannot be synced here (Permission denied)',
    ):
        assert done.stderr.count(said) == 1, done.stderr[-3000:]


def test_a_file_system_without_locks(tmp_path, monkeypatch):
    """As some network file systems answer; none can be mounted here."""
    from mmseg_ext.training.resuming import folder_lock

    def refuse(*arguments):
        raise OSError(37, 'No locks available')

    monkeypatch.setattr(folder_lock.fcntl, 'lockf', refuse)
    with pytest.warns(UserWarning, match='cannot be locked .*No locks available') as said:
        folder_lock.hold(tmp_path)
        folder_lock.hold(tmp_path)
    assert len(said) == 1
