"""Finds the checkpoint that a training goes on from: the newest that is good."""

import re
import sys
from pathlib import Path
from typing import Any

from mmengine.config import Config

from mmseg_ext.checkpoints.checkpoint import require_file
from mmseg_ext.checkpoints.loaders import load_checked
from mmseg_ext.common.errors import CheckpointError, ConfigError
from mmseg_ext.training.launch import is_main_process
from mmseg_ext.training.resuming.training_id import latest_training, training_of, warn_of_spoilt_id

AUTO = 'auto'


def set_resume(config: Config, resume: str | None) -> None:
    """Resume a training.

    Args:
        config: Changed in place; its `work_dir` is set.
        resume: None not to resume, `auto` for the newest good checkpoint in the work folder (a new
            start where there is none yet), or the path of a checkpoint. The config's own
            `resume=True` asks for its `load_from`, else for `auto`.

    Raises:
        ConfigError: The checkpoint, or the config's `load_from`, does not exist, there are only
            weights in the checkpoint to resume from, or the checkpoints in the work folder are of
            an earlier training than the latest there.
        CheckpointError: The work folder has checkpoints and none of them is good.
    """
    if resume is None and config.get('resume'):
        resume = config.get('load_from') or AUTO
    if resume == AUTO:
        folder = Path(config.work_dir)
        resume = newest_good_checkpoint(folder)
        if resume is None and (earlier := _candidates(folder)):
            raise ConfigError(
                f'the latest training in {folder} has no checkpoint yet: '
                f'{", ".join(path.name for path in earlier)} are of an earlier one. To go on from '
                f'that: --resume {earlier[0]}; to start anew, leave --resume out'
            )
        if resume is None and is_main_process():
            print(f'no checkpoint in {folder}: starts at iteration 0')
    elif resume is not None:
        _require_training_state(resume)
    config.resume = resume is not None
    if resume is not None:
        config.load_from = resume
    if config.get('load_from'):
        require_file(config.load_from)


def _require_training_state(checkpoint: str) -> None:
    require_file(checkpoint)
    if _training_state(checkpoint) is None:
        raise ConfigError(
            f'{checkpoint} is not a checkpoint to resume from: it lacks the state of its training. '
            f'To start a new training from its weights: --cfg-options load_from={checkpoint}'
        )


def _training_state(checkpoint: str) -> dict[str, Any] | None:
    content = load_checked(checkpoint)
    parts = ('meta', 'optimizer', 'state_dict')
    complete = isinstance(content, dict) and all(part in content for part in parts)
    return content if complete else None


def newest_good_checkpoint(folder: Path) -> str | None:
    """Find the newest intact checkpoint of a training, and say which broken ones were passed over.

    The one that `last_checkpoint` names comes first, then the others from the last iteration to
    the first.
    Best checkpoints have no optimizer and do not count, nor do those of another training than the
    latest in this folder, and exported weights are passed over like broken ones.

    Args:
        folder: Where a training wrote its checkpoints.

    Returns:
        Its path, or None where the training has no checkpoint at all.

    Raises:
        CheckpointError: There are checkpoints, and none is good.
    """
    broken = []
    training = latest_training(folder)
    if is_main_process():
        warn_of_spoilt_id(folder)
    for candidate in _candidates(folder):
        try:
            content = _training_state(str(candidate))
            if content is None:
                raise CheckpointError(f'{candidate}: it lacks the state of its training')
        except CheckpointError as error:
            broken.append(str(error))
            continue
        if training is not None and training_of(content) != training:
            continue
        if broken and is_main_process():
            passed = '; '.join(broken)
            print(f'--resume goes on from {candidate}, because {passed}', file=sys.stderr)
        return str(candidate)
    if broken:
        raise CheckpointError('--resume finds no good checkpoint: ' + '; '.join(broken))
    return None


def last_checkpoint(folder: Path) -> Path | None:
    """Return the file that `last_checkpoint` in a work folder names, None where it names none.

    In a folder that was moved or copied, it is the file of that name in it.
    """
    pointer = folder / 'last_checkpoint'
    text = pointer.read_text(errors='replace').strip() if pointer.is_file() else ''
    if not text.isprintable() or not text:
        return None  # A disk that lost data leaves zeros.
    here = folder / Path(text).name
    # CheckpointHook(out_dir=…) writes elsewhere.
    return here if here.is_file() else Path(text)


def _candidates(folder: Path) -> list[Path]:
    latest = last_checkpoint(folder)
    named = [] if latest is None else [latest]
    folders = {folder, *(path.parent for path in named)}
    found = {path for each in folders for path in each.glob('[!.]*.pth') if path.is_file()}
    files = found - set(named)
    others = [path for path in files if not path.name.startswith('best_')]
    return named + sorted(others, key=age, reverse=True)


def age(checkpoint: Path) -> tuple[int, int]:
    """Return what orders the checkpoints of a training: the iteration or epoch in their names.

    Copying changes the time of a file, and clocks are set; the time decides between equal numbers.
    """
    numbers = re.findall(r'\d+', checkpoint.stem)
    return int(numbers[-1]) if numbers else -1, checkpoint.stat().st_mtime_ns
