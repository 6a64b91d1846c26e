"""Two trainings in one folder are not taken for one."""

import shutil
from pathlib import Path

import pytest
import torch
from mmengine.hooks import Hook

from mmseg_ext.checkpoints.safe_loading import read_checkpoint
from mmseg_ext.common.errors import ConfigError
from mmseg_ext.training.resuming.resume import AUTO, set_resume
from mmseg_ext.training.runner import build_runner


class Dies(Hook):
    """Ends a training at an iteration, from 1."""

    def __init__(self, iteration: int) -> None:
        self.iteration = iteration

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        if runner.iter + 1 == self.iteration:
            raise InterruptedError


def train(config, dies_at: int | None = None) -> None:
    runner = build_runner(config)
    if dies_at is None:
        runner.train()
        return
    runner.register_hook(Dies(dies_at))
    with pytest.raises(InterruptedError):
        runner.train()


def resumed_from(config) -> str | None:
    set_resume(config, AUTO)
    return config.get('load_from') and Path(config.load_from).name


def test_a_training_without_a_checkpoint_is_not_resumed_from_an_earlier_one(tiny):
    train(tiny)
    assert resumed_from(tiny) == 'iter_4.pth'
    tiny.resume, tiny.load_from = False, None
    train(tiny, dies_at=1)
    with pytest.raises(ConfigError, match=r'has no checkpoint yet: iter_4\.pth, iter_3\.pth are'):
        set_resume(tiny, AUTO)
    assert not Path(tiny.work_dir, 'last_checkpoint').exists(), 'other tools follow it'


def test_also_where_last_checkpoint_is_lost_or_the_folder_copied(tiny, tmp_path):
    train(tiny)
    train(tiny, dies_at=2)
    Path(tiny.work_dir, 'last_checkpoint').unlink()
    copy = shutil.copytree(tiny.work_dir, tmp_path / 'copy', copy_function=shutil.copyfile)
    for folder in (tiny.work_dir, str(copy)):
        tiny.work_dir = folder
        assert resumed_from(tiny) == 'iter_1.pth'


def test_the_earlier_one_goes_on_where_it_is_named(tiny):
    train(tiny)
    train(tiny, dies_at=2)
    set_resume(tiny, f'{tiny.work_dir}/iter_3.pth')
    train(tiny, dies_at=4)
    assert resumed_from(tiny) == 'iter_3.pth'


def test_a_kill_at_its_start_does_not_let_the_earlier_one_go_on(tiny, monkeypatch):
    train(tiny)
    unlink = Path.unlink

    def killed(path, missing_ok=False):
        if path.name == 'last_checkpoint':
            raise InterruptedError
        unlink(path, missing_ok)

    with monkeypatch.context() as patch, pytest.raises(InterruptedError):
        patch.setattr(Path, 'unlink', killed)
        train(tiny)
    with pytest.raises(ConfigError, match='are of an earlier one'):
        set_resume(tiny, AUTO)


def test_newer_checkpoints_than_the_one_that_is_named_are_left_alone(tiny, tmp_path):
    tiny.default_hooks.checkpoint.max_keep_ckpts = 4
    train(tiny)
    copy = shutil.copytree(tiny.work_dir, tmp_path / 'copy')
    set_resume(tiny, f'{tiny.work_dir}/iter_2.pth')
    train(tiny, dies_at=3)
    assert resumed_from(tiny) == 'iter_2.pth'
    train(tiny)
    assert resumed_from(tiny) == 'iter_4.pth'
    set_resume(tiny, f'{copy}/iter_2.pth')
    train(tiny, dies_at=3)
    assert resumed_from(tiny) == 'iter_4.pth', 'the one in another folder stays with it'


def test_checkpoints_of_earlier_versions_have_no_id(tiny):
    train(tiny, dies_at=3)
    for path in sorted(Path(tiny.work_dir).glob('*.pth')):
        content = read_checkpoint(str(path))
        for part in ('runtime_info', 'resumed_keys'):
            del content['message_hub'][part]['training_id']
        torch.save(content, path)
    set_resume(tiny, f'{tiny.work_dir}/iter_2.pth')
    train(tiny, dies_at=3)
    assert resumed_from(tiny) == 'iter_2.pth'


def test_a_new_training_in_a_used_folder_says_what_it_replaces(tiny, caplog):
    train(tiny)
    train(tiny)
    log = max(Path(tiny.work_dir).glob('*/*.log'), key=lambda path: path.stat().st_mtime_ns)
    assert 'holds an earlier training, whose checkpoints and report this one' in log.read_text()


def test_where_nothing_is_lost_nothing_is_said_of_it(tiny, capsys):
    tiny.default_hooks.checkpoint.interval = 4
    train(tiny, dies_at=2)
    capsys.readouterr()
    assert resumed_from(tiny) is None
    said = capsys.readouterr().out
    assert said == f'no checkpoint in {tiny.work_dir}: starts at iteration 0\n'
    train(tiny, dies_at=2)
    logs = Path(tiny.work_dir).glob('*/*.log')
    assert not any('holds an earlier training' in log.read_text() for log in logs)


@pytest.mark.parametrize('content', [b'\0' * 20, b'\xff\xfe', b''])
def test_files_that_a_crash_spoilt_are_passed_over(tiny, content):
    train(tiny)
    folder = Path(tiny.work_dir)
    (folder / 'last_checkpoint').write_bytes(content)
    (folder / 'iter_9.pth').symlink_to('nowhere.pth')
    assert resumed_from(tiny) == 'iter_4.pth'


def test_an_empty_id_is_no_id(tiny):
    train(tiny)
    Path(tiny.work_dir, 'training_id').write_bytes(b'')
    assert resumed_from(tiny) == 'iter_4.pth'
