"""What a run has of its config and of the runs before it."""

import os
import shutil
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.training.runner import build_runner, training_summary


def test_none_turns_a_default_hook_off(tiny):
    everything = {type(hook).__name__ for hook in build_runner(tiny).hooks}
    tiny.merge_from_dict({'default_hooks.non_finite': None, 'default_hooks.checkpoint': None})
    left = {type(hook).__name__ for hook in build_runner(tiny).hooks}
    assert everything - left == {'NonFiniteHook', 'AtomicCheckpointHook'}
    assert left < everything


def test_an_unknown_runner_is_named(tiny):
    tiny.runner_type = 'Runer'
    with pytest.raises(ConfigError, match="no runner is called 'Runer', did you mean Runner?"):
        build_runner(tiny)


def test_trainings_that_begin_in_the_same_second_share_nothing(tiny, monkeypatch):
    clock = {**vars(time), 'time': lambda: 0.0}
    monkeypatch.setattr('mmengine.runner.runner.time', SimpleNamespace(**clock))
    first = build_runner(tiny)
    first.train()
    tiny.train_cfg.max_iters = 1
    second = build_runner(tiny)
    assert second.experiment_name == first.experiment_name
    assert not second.message_hub.runtime_info and not second.message_hub.log_scalars
    second.train()
    kept = {path.name for path in Path(tiny.work_dir).glob('*.pth')}
    assert kept == {'iter_1.pth', 'iter_3.pth', 'iter_4.pth'}


def test_the_best_checkpoint_is_that_of_the_latest_training(tiny):
    build_runner(tiny).train()
    folder = Path(tiny.work_dir)
    (folder / 'best_mIoU_iter_1.pth').write_bytes(b'broken')
    best = folder / 'best_mIoU_iter_4.pth'
    shutil.copy(folder / 'iter_4.pth', best)
    earlier = shutil.copy(folder / 'iter_4.pth', folder / 'best_mIoU_iter_3.pth')
    later = best.stat().st_mtime_ns + 10**9
    os.utime(earlier, ns=(later, later))
    assert f'best checkpoint: {best}' in training_summary(tiny.work_dir)
    build_runner(tiny).train()
    assert 'best checkpoint' not in training_summary(tiny.work_dir)
