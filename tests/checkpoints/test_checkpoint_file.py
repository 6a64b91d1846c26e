import io
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import torch
from mmengine.config import Config

from mmseg_ext.checkpoints.checkpoint_file import AtomicBackend, read_intact, seal
from mmseg_ext.common.errors import CheckpointError, ConfigError, DiskError
from mmseg_ext.training.resuming.resume import AUTO, set_resume

STATE = dict(
    state_dict={'a.weight': torch.arange(6.0).reshape(2, 3)},
    meta=dict(iter=3),
    optimizer=dict(state={}),
)


def saved(state: object = STATE) -> bytes:
    buffer = io.BytesIO()
    torch.save(state, buffer)
    return buffer.getvalue()


@pytest.fixture
def path(tmp_path) -> Path:
    """A checkpoint with its checksum."""
    AtomicBackend().put(saved(), tmp_path / 'work' / 'iter_3.pth')
    return tmp_path / 'work' / 'iter_3.pth'


def test_the_checksum_disturbs_nobody(path):
    assert path.read_bytes() == read_intact(path).content == seal(saved())
    assert torch.equal(
        torch.load(path, weights_only=True)['state_dict']['a.weight'],
        STATE['state_dict']['a.weight'],
    )
    torch.load(path, mmap=True, weights_only=True)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        # Computed by another tool, over all but the comment's 71 bytes.
        done = subprocess.run(
            f'head -c -71 {path} | sha256sum', shell=True, capture_output=True, check=True
        )
        assert archive.comment == b'sha256:' + done.stdout.split()[0]
    done = subprocess.run(['sha256sum', path], capture_output=True, check=True, text=True)
    assert read_intact(path).sha256 == done.stdout.split()[0]


def test_an_altered_byte_is_found(path):
    good = path.read_bytes()
    for place in [*range(0, len(good) - 200, 5), *range(len(good) - 200, len(good))]:
        content = bytearray(good)
        content[place] ^= 1 << place % 8
        path.write_bytes(content)
        with pytest.raises(CheckpointError, match=r'iter_3\.pth: the checkpoint (was|is)'):
            read_intact(path)


def test_a_truncation_is_found(path):
    good = path.read_bytes()
    for length in [*range(0, len(good) - 200, 7), *range(len(good) - 200, len(good))]:
        path.write_bytes(good[:length])
        with pytest.raises(CheckpointError, match=r'iter_3\.pth: the checkpoint (was|is)'):
            read_intact(path)


def test_a_checkpoint_of_mmengine_is_checked_as_an_archive(path):
    path.write_bytes(saved())
    assert read_intact(path).content == saved()
    content = bytearray(saved())
    content[content.index(b'a.weight')] ^= 1
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match='truncated or altered'):
        read_intact(path)
    path.write_bytes(saved()[:-30])
    with pytest.raises(CheckpointError, match=r'truncated or altered \(it does not end'):
        read_intact(path)


def test_a_file_that_cannot_be_read(tmp_path):
    with pytest.raises(CheckpointError, match=r'none\.pth: cannot be read \(No such file'):
        read_intact(tmp_path / 'none.pth')


FILL = """
import sys
from pathlib import Path
import torch
from mmseg_ext.checkpoints.checkpoint_file import AtomicBackend
import io
buffer = io.BytesIO()
torch.save(torch.zeros(int(sys.argv[2])), buffer)
AtomicBackend().put(buffer.getvalue(), sys.argv[1])
"""


def test_a_full_disk_leaves_the_previous_checkpoint(small_disk):
    path = small_disk / 'iter_1.pth'
    AtomicBackend().put(saved(), path)
    before = path.read_bytes()
    for name in ('iter_1.pth', 'iter_2.pth'):
        with pytest.raises(
            DiskError,
            match=rf'{name}: cannot be written \(No space left on device; 4\.0 MiB are needed\)\. '
            'Earlier checkpoints are as they were',
        ):
            AtomicBackend().put(saved(torch.zeros(2**20)), small_disk / name)
    assert [file.name for file in small_disk.iterdir()] == ['iter_1.pth']
    assert path.read_bytes() == before == read_intact(path).content


def test_a_quota_leaves_the_previous_checkpoint(path):
    """A limit on the size of files, which needs no root."""
    before = path.read_bytes()
    script = (
        'import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); '
        'resource.setrlimit(resource.RLIMIT_FSIZE, (2**17, 2**17))'
    ) + FILL  # fmt: skip
    done = subprocess.run(
        [sys.executable, '-c', script, str(path), str(2**16)], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert f'{path}: cannot be written (File too large; 0.3 MiB are needed)' in done.stderr
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def resumed(folder: Path) -> str | None:
    config = Config(dict(work_dir=str(folder)))
    set_resume(config, AUTO)
    assert config.resume is (config.get('load_from') is not None)
    return config.get('load_from')


def test_resume(tmp_path, path):
    config = Config(dict(work_dir=str(tmp_path)))
    set_resume(config, None)
    assert config.resume is False and config.get('load_from') is None
    assert resumed(tmp_path) is None, 'a first start of a training that may be interrupted'
    set_resume(config, str(path))
    assert config.resume is True and config.load_from == str(path)
    with pytest.raises(ConfigError, match='no checkpoint file other'):
        set_resume(config, 'other')


def test_resume_in_the_config(path):
    config = Config(dict(work_dir=str(path.parent), resume=True))
    set_resume(config, None)
    assert config.resume is True and config.load_from == str(path)
    config = Config(dict(work_dir='elsewhere', resume=True, load_from=str(path)))
    set_resume(config, None)
    assert config.resume is True and config.load_from == str(path)


@pytest.mark.parametrize(
    'content', [dict(weight=torch.ones(2)), dict(meta={}, state_dict=dict(weight=torch.ones(2)))]
)
def test_weights_alone_are_no_training_to_resume(tmp_path, content):
    torch.save(content, tmp_path / 'weights.pth')
    with pytest.raises(
        ConfigError, match=r'weights\.pth is not a checkpoint to resume from.*load_from'
    ):
        set_resume(Config(dict(work_dir=str(tmp_path))), str(tmp_path / 'weights.pth'))


def test_resume_falls_back_to_the_newest_good_checkpoint(path, capsys):
    folder = path.parent
    for age, number in enumerate((9, 5, 4, 3)):
        file = folder / f'iter_{number}.pth'
        file.write_bytes(seal(saved()))
        os.utime(file, ns=(10**18 - age, 10**18 - age))
    (folder / 'best_mIoU_iter_9.pth').write_bytes(seal(saved()))
    (folder / 'iter_9_weights.pth').write_bytes(saved(dict(state_dict={}, meta={})))
    pointer = folder / 'last_checkpoint'
    # An earlier, longer training left iter_9; the latest was interrupted after iter_5.
    pointer.write_text(str(folder / 'iter_5.pth'))
    assert resumed(folder) == str(folder / 'iter_5.pth')
    assert capsys.readouterr().err == ''
    (folder / 'iter_5.pth').write_bytes(saved()[:100])
    (folder / 'iter_9.pth').write_bytes(b'')
    assert resumed(folder) == str(folder / 'iter_4.pth')
    said = capsys.readouterr().err
    assert said.startswith(f'--resume goes on from {folder / "iter_4.pth"}, because ')
    assert 'iter_5.pth: the checkpoint is truncated' in said and 'iter_9.pth' in said
    pointer.write_text('')
    assert resumed(folder) == str(folder / 'iter_4.pth')
    assert 'Is a directory' not in capsys.readouterr().err
    pointer.unlink()
    assert resumed(folder) == str(folder / 'iter_4.pth')
    for number in (3, 4):
        (folder / f'iter_{number}.pth').write_bytes(b'')
    with pytest.raises(CheckpointError, match='no good checkpoint: ') as caught:
        resumed(folder)
    assert all(f'iter_{number}.pth' in str(caught.value) for number in (3, 4, 5, 9))


def test_the_newest_is_that_of_the_last_iteration(path):
    """Whatever the times of the files: copies are made in any order, and 10 comes after 9."""
    folder = path.parent
    for age, number in enumerate((8, 9, 10)):
        file = folder / f'iter_{number}.pth'
        file.write_bytes(seal(saved()))
        os.utime(file, ns=(10**18 - age, 10**18 - age))
    assert resumed(folder) == str(folder / 'iter_10.pth')


@pytest.mark.parametrize('original_stays', [True, False])
def test_a_moved_or_copied_training_resumes_from_its_own_folder(path, original_stays):
    folder = path.parent
    (folder / 'last_checkpoint').write_text(str(path))
    copy = folder.with_name('copy')
    shutil.copytree(folder, copy)
    if not original_stays:
        shutil.rmtree(folder)
    assert resumed(copy) == str(copy / path.name)
    (copy / path.name).write_bytes(b'')
    with pytest.raises(CheckpointError, match='no good checkpoint: '):
        resumed(copy)


def test_checkpoints_may_lie_in_another_folder_than_the_work_folder(tmp_path, path):
    work = tmp_path / 'only_logs'
    work.mkdir()
    (work / 'last_checkpoint').write_text(str(path.with_name('iter_4.pth')))
    assert resumed(work) == str(path)
