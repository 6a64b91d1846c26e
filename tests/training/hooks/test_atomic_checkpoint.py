import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from states import assert_equal

from mmseg_ext.checkpoints.checkpoint_file import AtomicBackend, read_intact
from mmseg_ext.checkpoints.safe_loading import read_checkpoint
from mmseg_ext.common.errors import ConfigError, DiskError
from mmseg_ext.training.hooks.atomic_checkpoint import AtomicCheckpointHook
from mmseg_ext.training.runner import build_runner

TINY = Path(__file__).resolve().parents[2] / 'tools' / 'tiny_camvid.py'


def names(folder: str | Path) -> list[str]:
    return sorted(path.name for path in Path(folder).glob('*.pth'))


class Watch(Hook):
    """Notes which checkpoints there are whenever one has just been saved or removed."""

    def __init__(self, monkeypatch, folder: str) -> None:
        self.seen: list[tuple[list[str], str]] = []
        write = AtomicBackend.put, AtomicBackend.put_text

        def put(backend, obj, path):
            self.note(folder)
            write[0](backend, obj, path)
            self.note(folder)

        monkeypatch.setattr(AtomicBackend, 'put', put)

    def note(self, folder: str) -> None:
        pointer = Path(folder, 'last_checkpoint')
        self.seen.append(
            (names(folder), Path(pointer.read_text()).name if pointer.exists() else '')
        )


def test_the_previous_one_goes_only_when_the_next_is_there(tiny, monkeypatch):
    tiny.default_hooks.checkpoint.max_keep_ckpts = 1
    watch = Watch(monkeypatch, tiny.work_dir)
    build_runner(tiny).train()
    assert watch.seen == [
        ([], ''),
        (['iter_1.pth'], ''),
        (['iter_1.pth'], 'iter_1.pth'),
        (['iter_1.pth', 'iter_2.pth'], 'iter_1.pth'),
        (['iter_2.pth'], 'iter_2.pth'),
        (['iter_2.pth', 'iter_3.pth'], 'iter_2.pth'),
        (['iter_3.pth'], 'iter_3.pth'),
        (['iter_3.pth', 'iter_4.pth'], 'iter_3.pth'),
    ]
    assert names(tiny.work_dir) == ['iter_4.pth']


def test_what_a_kill_left_is_cleared_away(tiny):
    """A file half written, and a checkpoint that was about to be removed."""
    folder = Path(tiny.work_dir)
    tiny.default_hooks.checkpoint.max_keep_ckpts = 1
    build_runner(tiny).train()
    for name in ('.iter_5.123.tmp.pth', '.last_checkpoint.123.tmp'):
        (folder / name).write_bytes(b'half')
    shutil.copy(folder / 'iter_4.pth', folder / 'iter_3.pth')
    tiny.resume, tiny.train_cfg.max_iters = True, 5
    build_runner(tiny).train()
    assert names(tiny.work_dir) == ['iter_5.pth']
    assert not list(folder.glob('.*.tmp*'))
    assert read_checkpoint(str(folder / 'iter_5.pth'))['message_hub']['runtime_info'][
        'keep_ckpt_ids'
    ] == [4, 5]


def test_the_best_checkpoint_is_replaced_in_the_same_way(tiny, monkeypatch):
    hook_config = dict(tiny.default_hooks.checkpoint, save_best='score', rule='greater')
    hook_config['interval'] = 10
    tiny.default_hooks.checkpoint = hook_config
    runner = build_runner(tiny)
    (hook,) = (hook for hook in runner.hooks if type(hook).__name__ == 'AtomicCheckpointHook')
    runner.train()
    watch = Watch(monkeypatch, tiny.work_dir)
    for iteration, score in ((1, 0.5), (2, 0.4), (3, 0.6), (3, 0.7)):
        runner.train_loop._iter = iteration
        hook.after_val_epoch(runner, dict(score=score))
    best = [[name for name in found if name.startswith('best')] for found, _ in watch.seen]
    first, second = 'best_score_iter_1.pth', 'best_score_iter_3.pth'
    assert [first, second] in best
    assert all(best[1:]), 'there is a best checkpoint at every moment'
    assert [name for name in names(tiny.work_dir) if 'best' in name] == [second]
    read_intact(Path(tiny.work_dir, second))


@pytest.mark.parametrize('save_best', ['score', ['score', 'other']])
def test_a_copied_training_removes_its_own_best_checkpoint(tiny, tmp_path, save_best):
    hook_config = dict(tiny.default_hooks.checkpoint, save_best=save_best, rule='greater')
    tiny.default_hooks.checkpoint = hook_config
    original, copy = Path(tiny.work_dir), tmp_path / 'copy'

    def better(score: float) -> None:
        runner = build_runner(tiny)
        (hook,) = (hook for hook in runner.hooks if type(hook).__name__ == 'AtomicCheckpointHook')
        runner.train()
        hook.after_val_epoch(runner, dict(score=score, other=score))

    better(0.5)
    before = names(str(original))
    shutil.copytree(original, copy)
    tiny.work_dir, tiny.load_from, tiny.resume = str(copy), f'{copy}/iter_4.pth', True
    tiny.train_cfg.max_iters = 5
    better(0.6)
    assert names(str(original)) == before
    best = [name for name in names(str(copy)) if name.startswith('best_')]
    assert best and all(name.endswith('_iter_5.pth') for name in best)


def test_other_places_are_refused(tiny):
    tiny.default_hooks.checkpoint.backend_args = dict(backend='petrel')
    with pytest.raises(ConfigError, match='writes local files; remove backend_args='):
        build_runner(tiny)


def test_a_full_disk_ends_the_training_and_it_can_go_on(tiny, small_disk):
    tiny.work_dir = str(small_disk)
    tiny.train_cfg.max_iters = 2
    build_runner(tiny).train()
    size = (small_disk / 'iter_2.pth').stat().st_size
    free = os.statvfs(small_disk)
    ballast = small_disk / 'ballast'
    ballast.write_bytes(bytes(free.f_bavail * free.f_frsize - size // 2))
    tiny.train_cfg.max_iters, tiny.resume = 4, True
    with pytest.raises(
        DiskError,
        match=r'iter_3\.pth: cannot be written \(No space left on device; 0\.\d MiB',
    ):
        build_runner(tiny).train()
    assert (small_disk / 'last_checkpoint').read_text().endswith('iter_2.pth')
    assert names(str(small_disk)) == ['iter_1.pth', 'iter_2.pth']
    for name in names(str(small_disk)):
        read_intact(small_disk / name)
    ballast.unlink()
    build_runner(tiny).train()
    assert torch.isfinite(
        read_checkpoint(str(small_disk / 'iter_4.pth'))['state_dict']['decode_head.conv_seg.weight']
    ).all()


def test_a_step_that_is_saved_again_is_kept(tiny):
    runner = build_runner(tiny)
    (hook,) = (hook for hook in runner.hooks if type(hook).__name__ == 'AtomicCheckpointHook')
    runner.train()
    hook._save_checkpoint_with_step(runner, 3, dict(epoch=0, iter=3))
    assert names(tiny.work_dir) == ['iter_3.pth', 'iter_4.pth']


def test_the_rule_of_our_own_scores_is_known_and_an_unknown_score_is_named(tiny):
    whole = Config.fromfile(TINY)
    for key in ('val_dataloader', 'val_evaluator', 'val_cfg'):
        tiny[key] = whole[key]
    for save_best in ('IoU/Sky', ['fwIoU', 'Precision.Car', 'mIoU']):
        tiny.default_hooks.checkpoint.save_best = save_best
        build_runner(tiny).train()
    assert any(name.startswith('best_Precision.Car') for name in names(tiny.work_dir))
    for save_best in ('mBoundaryIoU', 'TrimapIoU_4px.Car', 'TrimapIoU_0.5pc/Car', 'tail_mIoU'):
        assert AtomicCheckpointHook(save_best=save_best).rules == ['greater']
    for unknown in ('IoU.Skyy', 'IoU/Skyy'):
        tiny.default_hooks.checkpoint.save_best = unknown
        with pytest.raises(
            ConfigError, match=f"'{unknown}' is no score .*, did you mean IoU/Sky\\?"
        ):
            build_runner(tiny).train()


def test_a_score_that_is_given_in_both_forms_is_refused():
    with pytest.raises(ConfigError, match=r'save_best=.* names a score twice'):
        AtomicCheckpointHook(save_best=['IoU/Sky', 'IoU.Sky'])


def test_a_training_goes_on_with_the_other_form_of_a_name(tiny):
    """Its checkpoints, of an earlier version too, know the best one by the dotted form."""
    checkpoint = dict(tiny.default_hooks.checkpoint, rule='greater')
    kept = []
    for save_best, iterations in ((['IoU.Sky', 'mIoU'], 4), (['IoU/Sky', 'mIoU'], 5)):
        tiny.default_hooks.checkpoint = dict(checkpoint, save_best=save_best)
        tiny.train_cfg.max_iters, tiny.resume = iterations, iterations > 4
        runner = build_runner(tiny)
        (hook,) = (hook for hook in runner.hooks if type(hook).__name__ == 'AtomicCheckpointHook')
        runner.train()
        hook.after_val_epoch(runner, {'IoU/Sky': float(iterations), 'mIoU': 1.0})
        kept.append([name for name in names(tiny.work_dir) if name.startswith('best')])
    assert kept == [
        ['best_IoU.Sky_iter_4.pth', 'best_mIoU_iter_4.pth'],
        ['best_IoU.Sky_iter_5.pth', 'best_mIoU_iter_4.pth'],
    ]


class Scores(Hook):
    """Lets every validation be the best yet, and ends the training at an iteration, from 1."""

    priority = 'HIGHEST'

    def __init__(self, dies_at: int | None) -> None:
        self.dies_at = dies_at

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        if runner.iter + 1 == self.dies_at:
            raise InterruptedError

    def after_val_epoch(self, runner, metrics=None):
        metrics['score'] = float(runner.iter)


def test_a_best_validation_between_two_checkpoints_after_a_resume(tiny, tmp_path):
    """mmengine writes a checkpoint after it, though none is due, where it has written one."""
    whole = Config.fromfile(TINY)
    for key in ('val_dataloader', 'val_evaluator', 'val_cfg'):
        tiny[key] = whole[key]
    tiny.default_hooks.checkpoint.update(interval=4, save_best='score', rule='greater')
    tiny.train_cfg.update(max_iters=8, val_interval=2)

    def train(folder: Path, dies_at: int | None = None) -> None:
        tiny.work_dir, tiny.resume = str(folder), (folder / 'last_checkpoint').exists()
        # Each with a message hub of its own.
        tiny.experiment_name = f'{folder}_{dies_at}'
        runner = build_runner(tiny)
        runner.register_hook(Scores(dies_at))
        runner.train()

    unbroken, broken = tmp_path / 'unbroken', tmp_path / 'broken'
    train(unbroken)
    with pytest.raises(InterruptedError):
        train(broken, dies_at=6)
    train(broken)
    assert names(broken) == names(unbroken) == ['best_score_iter_8.pth', 'iter_6.pth', 'iter_8.pth']
    for name in names(unbroken):
        ours, theirs = (read_checkpoint(str(folder / name)) for folder in (broken, unbroken))
        for key in ('state_dict', 'optimizer', 'param_schedulers'):
            assert_equal(ours.get(key), theirs.get(key))
        of_hub = [content['message_hub']['runtime_info'] for content in (ours, theirs)]
        for key in ('best_score', 'keep_ckpt_ids', 'last_validation'):
            assert of_hub[0][key] == of_hub[1][key]


@contextmanager
def busy(folder: Path, repository: Path) -> Iterator[None]:
    """Let another process train in a folder."""
    script = (
        'import sys; from mmseg_ext.training.resuming.folder_lock import hold\n'
        'hold(sys.argv[1]); print("held", flush=True); sys.stdin.read()'
    )
    other = subprocess.Popen(
        [sys.executable, '-c', script, str(folder)], cwd=repository, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert 'held\n' in other.stdout
    try:
        yield
    finally:
        other.kill()
        other.wait()


def test_two_processes_do_not_train_in_one_folder(tiny, repository):
    folder = Path(tiny.work_dir)
    folder.mkdir()
    with (
        busy(folder, repository),
        pytest.raises(ConfigError, match=f'another training runs in {folder}'),
    ):
        build_runner(tiny).train()
    assert not names(tiny.work_dir)
    build_runner(tiny).train()
    assert names(tiny.work_dir)


def test_a_refused_training_leaves_the_other_alone(tiny, tmp_path, repository):
    """A resume that keeps fewer checkpoints, and a new start; each with one of the two hooks."""
    build_runner(tiny).train()
    # This process may still train in the original.
    folder = shutil.copytree(tiny.work_dir, tmp_path / 'busy')
    (folder / 'recoveries.json').write_text('[]')
    tiny.work_dir = str(folder)
    resumed, new = deepcopy(tiny), deepcopy(tiny)
    resumed.merge_from_dict(dict(resume=True, train_cfg=dict(max_iters=5)))
    resumed.default_hooks.checkpoint.max_keep_ckpts = 1
    resumed.default_hooks.pop('non_finite')
    new.default_hooks.checkpoint.type = 'CheckpointHook'
    with busy(folder, repository):
        for config in (resumed, new):
            with pytest.raises(ConfigError, match=f'another training runs in {folder}'):
                build_runner(config).train()
    assert names(folder) == ['iter_3.pth', 'iter_4.pth']
    assert (folder / 'recoveries.json').exists()
