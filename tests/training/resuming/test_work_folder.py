"""A run leaves alone what others have, or are about to have, in its work folder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.training.resuming.resume import AUTO, set_resume
from mmseg_ext.training.resuming.work_folder import KEPT_FILES
from mmseg_ext.training.runner import build_runner
from mmseg_ext.training.training import train

NAME = 'tiny_camvid.py'
HOLD = (
    'import sys; from mmseg_ext.training.resuming.folder_lock import hold\n'
    'hold(sys.argv[1]); print("held", flush=True); sys.stdin.read()'
)


@pytest.fixture
def folder(tiny) -> Path:
    path = Path(tiny.work_dir)
    path.mkdir()
    return path


@pytest.fixture
def tiny(tiny):
    tiny.train_cfg.max_iters = 2
    tiny.param_scheduler = None
    return tiny


def test_a_refused_training_leaves_the_config_of_the_other(tiny, folder, repository):
    (folder / NAME).write_text('that of the other')
    with subprocess.Popen(
        [sys.executable, '-c', HOLD, str(folder)], cwd=repository, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True,
    ) as other:  # fmt: skip
        assert other.stdout is not None and other.stdout.readline() == 'held\n'
        with pytest.raises(ConfigError, match=f'another training runs in {folder}'):
            train(tiny)
        other.kill()
    assert [path.name for path in folder.iterdir() if path.name != '.training_lock'] == [NAME]
    assert (folder / NAME).read_text() == 'that of the other'


def test_what_a_kill_left_of_writing_the_config_is_removed(tiny, folder):
    for name in ('.tiny_camvid.12.tmp.py', '.notes.12.tmp.py'):
        (folder / name).touch()
    train(tiny)
    assert [path.name for path in folder.glob('.*.tmp*')] == ['.notes.12.tmp.py']


def test_so_does_one_that_is_refused_for_its_checkpoint(tiny, folder):
    train(tiny)
    before = (folder / NAME).read_text()
    tiny.model.decode_head.channels = 4
    set_resume(tiny, AUTO)
    with pytest.raises(ConfigError, match='is not a checkpoint of this model'):
        train(tiny)
    assert (folder / NAME).read_text() == before
    assert 'channels=8' in before


def test_and_one_that_is_refused_at_its_start_leaves_the_other_to_be_resumed(tiny, folder):
    train(tiny)
    tiny.default_hooks.param_scheduler = None
    tiny.param_scheduler = [dict(type='PolyLR', by_epoch=False)]
    with pytest.raises(ConfigError, match='nothing steps the param_scheduler'):
        train(tiny)
    set_resume(tiny, AUTO)
    assert tiny.load_from == str(folder / 'iter_2.pth')


@pytest.mark.parametrize('kind', ['Runner', None])
def test_a_test_leaves_the_config_of_the_training(tiny, folder, kind):
    (folder / NAME).write_text('that of the training')
    if kind:
        tiny.runner_type = kind
    for part in ('dataloader', 'cfg', 'evaluator'):
        tiny[f'test_{part}'] = dict(type='TestLoop')
    build_runner(tiny, 'test')
    assert (folder / NAME).read_text() == 'that of the training'


def test_a_training_begins_with_its_config_in_the_folder(tiny, folder):
    train(tiny)
    assert 'max_iters=2' in (folder / NAME).read_text()


def test_the_lock_leaves_alone_what_it_is_not(tiny, folder, tmp_path):
    thesis = tmp_path / 'thesis.tex'
    thesis.write_text('years of work')
    (folder / '.training_lock').symlink_to(thesis)
    with pytest.raises(ConfigError, match=r'\.training_lock: cannot be opened as the mark of'):
        train(tiny)
    assert thesis.read_text() == 'years of work'
    (folder / '.training_lock').unlink()
    os.link(thesis, folder / '.training_lock')
    train(tiny)
    assert thesis.read_text() == 'years of work'


@pytest.mark.parametrize('name', [*KEPT_FILES, NAME])
def test_a_folder_with_the_name_of_a_file(tiny, folder, name):
    (folder / name).mkdir()
    with pytest.raises(ConfigError, match=f'{name} is a folder, and a training keeps a file'):
        train(tiny)


def test_what_others_are_writing_stays(tiny, folder):
    """An export, a report, and files that are not of this package at all."""
    of_others = ['.iter_2_weights.123.tmp.pth', '.report.123.tmp.json', '.data.tmp', '.a.tmp~']
    of_trainings = [
        '.iter_2.123.tmp.pth', '.best_mIoU_iter_2.123.tmp.pth', '.last_checkpoint.123.tmp',
        '.training_id.123.tmp', '.recoveries.123.tmp.json',
    ]  # fmt: skip
    for name in of_others + of_trainings:
        (folder / name).write_bytes(b'half')
    train(tiny)
    assert sorted(path.name for path in folder.glob('.*.tmp*')) == sorted(of_others)


SPOILT = ['', '{"a": 1}', '[1]', '[{"lr_factor": "x", "iteration": 1}]', '\0' * 10, '[{}]']


@pytest.mark.parametrize('content', SPOILT)
def test_spoilt_recoveries_are_set_aside(tiny, folder, content, capsys):
    train(tiny)
    (folder / 'recoveries.json').write_text(content)
    tiny.train_cfg.max_iters = 3
    set_resume(tiny, str(folder / 'iter_1.pth'))
    build_runner(tiny).train()
    assert (folder / 'iter_3.pth').exists()
    assert (folder / 'recoveries.json.spoilt').read_text() == content
    assert 'recoveries.json holds no recoveries and is set aside as' in capsys.readouterr().out


def test_a_spoilt_id_does_not_stop_a_resume(tiny, folder, capsys):
    train(tiny)
    (folder / 'training_id').write_text('\0' * 32)
    set_resume(tiny, AUTO)
    assert tiny.load_from == str(folder / 'iter_2.pth')
    assert 'training_id holds no id of a training' in capsys.readouterr().err
    train(tiny)
    assert (folder / 'training_id').read_text().isalnum()
