"""Which training a checkpoint is of, as a work folder may hold the checkpoints of several.

Every new training draws an id. It is in its checkpoints, and `training_id` in the work folder holds
that of the latest training there; both are copied and moved with the folder.
"""

import re
import sys
import uuid
from pathlib import Path
from typing import Any

from mmengine.runner import Runner

from mmseg_ext.common.atomic import atomic_path

_NAME = 'training_id'
_ID = '[0-9a-f]{32}'


def mark_training(runner: Runner) -> None:
    """Make the training that begins, or goes on, the latest of its work folder.

    What `last_checkpoint` says of another training there is removed.
    """
    hub, folder = runner.message_hub, Path(runner.work_dir)
    if runner.iter == 0:
        hub.update_info(_NAME, uuid.uuid4().hex)
    # None where the checkpoint of an earlier version goes on.
    training, marked = current_training(runner), latest_training(folder)
    if training == marked:
        return
    if runner.iter == 0 and marked is not None and _has_something_to_lose(folder):
        runner.logger.warning(
            f'{folder} holds an earlier training, whose checkpoints and report this one replaces; '
            'to keep them, stop and choose another --work-dir'
        )
    # The id first: what is killed in between does not go on from the other training then.
    if training is None:
        (folder / _NAME).unlink()
    else:
        with atomic_path(folder / _NAME, durable=True) as path:
            path.write_text(training)
    if runner.iter == 0 or marked is not None:
        (folder / 'last_checkpoint').unlink(missing_ok=True)


def _has_something_to_lose(folder: Path) -> bool:
    return (folder / 'last_checkpoint').exists() or any(
        any(folder.glob(pattern)) for pattern in ('[!.]*.pth', 'report*/report.json')
    )


def current_training(runner: Runner) -> str | None:
    """Return the id of the training that a runner has begun, None where it is not known."""
    return runner.message_hub.runtime_info.get(_NAME)


def latest_training(folder: Path) -> str | None:
    """Return the id of the latest training in a work folder, None where it is not known."""
    text = _text(folder)
    return text if re.fullmatch(_ID, text) else None


def warn_of_spoilt_id(folder: Path) -> None:
    """Say that nothing tells the trainings in a folder apart, where a file should."""
    if _text(folder) and latest_training(folder) is None:
        print(
            f'warning: {folder / _NAME} holds no id of a training and is passed over: a checkpoint '
            'of any training in this folder counts as one of the latest',
            file=sys.stderr,
        )


def _text(folder: Path) -> str:
    path = folder / _NAME
    return path.read_text(errors='replace') if path.is_file() else ''


def training_of(checkpoint: dict[str, Any]) -> str | None:
    """Return the id of the training that a checkpoint is of, None where it is not known."""
    return checkpoint.get('message_hub', {}).get('runtime_info', {}).get(_NAME)
