"""How often a command line reads a checkpoint, and which one its report names."""

import hashlib
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from mmengine.hooks import Hook
from mmseg.registry import HOOKS

from mmseg_ext.reports.runs import read_run

TINY = Path(__file__).parents[1] / 'tiny_camvid.py'
_reads: list[Counter] = []


def _count(event: str, arguments: tuple) -> None:
    if event == 'open' and _reads and 'r' in str(arguments[1]):
        _reads[-1][str(arguments[0])] += 1


# Python calls it for every file that it opens, and has no way to take it back.
sys.addaudithook(_count)


@pytest.fixture
def reads() -> Iterator[Counter]:
    """How often each file was opened for reading."""
    _reads.append(Counter())
    yield _reads[-1]
    _reads.clear()


@HOOKS.register_module()
class Overwrite(Hook):
    """Writes a checkpoint anew while it is tested, as a training that goes on does."""

    def __init__(self, path: str) -> None:
        self.path = path

    def before_test_epoch(self, runner) -> None:
        Path(self.path).write_bytes(b'')


def config_with(tmp_path, text: str) -> Path:
    config = tmp_path / 'config.py'
    config.write_text(f'_base_ = {str(TINY)!r}\n{text}\n')
    return config


@pytest.mark.slow
def test_a_resume(trained, data, tmp_path, run_here, reads, monkeypatch):
    monkeypatch.setenv('MMSEG_EXT_DATA', str(data))
    shutil.copy(trained / 'iter_2.pth', tmp_path)
    checkpoint = str(tmp_path / 'iter_2.pth')
    config = config_with(tmp_path, 'train_cfg = dict(max_iters=3, val_interval=3)')
    arguments = [config, '--work-dir', tmp_path, '--allow-changes', 'max_iters', '--resume']
    for resume in ([], [checkpoint]):
        reads.clear()
        code, written = run_here('train', *arguments, *resume)
        assert code == 0, written.err
        assert reads[checkpoint] == 1
        (tmp_path / 'last_checkpoint').unlink()
        (tmp_path / 'iter_3.pth').unlink()


@pytest.mark.slow
def test_a_test_and_the_checksum_of_what_was_tested(
    trained, data, tmp_path, run_here, reads, monkeypatch
):
    monkeypatch.setenv('MMSEG_EXT_DATA', str(data))
    checkpoint = shutil.copy(trained / 'iter_4.pth', tmp_path / 'tested.pth')
    loaded = hashlib.sha256(checkpoint.read_bytes()).hexdigest()
    reads.clear()
    config = config_with(
        tmp_path, f"custom_hooks = [dict(type='Overwrite', path={str(checkpoint)!r})]"
    )
    code, written = run_here(
        'test', config, checkpoint, '--work-dir', tmp_path / 'work', '--report', tmp_path / 'report'
    )
    assert code == 0, written.err
    assert reads[str(checkpoint)] == 1
    assert checkpoint.read_bytes() == b''
    _, evaluation = read_run(str(tmp_path / 'report'))
    assert evaluation.metadata['checkpoint'] == str(checkpoint)
    assert evaluation.metadata['checkpoint_sha256'] == loaded


def test_nested_metainfo_goes_through_a_checkpoint(data, tmp_path, run_here, monkeypatch):
    """A config makes a ConfigDict of a dict in it."""
    monkeypatch.setenv('MMSEG_EXT_DATA', str(data))
    config = config_with(
        tmp_path,
        'train_cfg = dict(max_iters=1, val_interval=1)\n'
        'train_dataloader = dict(num_workers=0, dataset=dict(metainfo=dict(groups=dict(a=[1]))))',
    )
    checkpoint = tmp_path / 'work' / 'iter_1.pth'
    code, written = run_here('train', config, '--work-dir', tmp_path / 'work')
    assert code == 0, written.err
    for command in (
        ['train', config, '--work-dir', tmp_path / 'work', '--resume'],
        ['test', config, checkpoint, '--work-dir', tmp_path / 'test'],
        ['export_weights', checkpoint],
    ):
        code, written = run_here(*command)
        assert code == 0, written.err
