"""Going on from the last checkpoint with lower learning rates, counted and limited.

What was decided is kept in `recoveries.json` in the work folder, with the id of the training, so
that it holds whoever resumes the training, and after a kill too.
"""

import json
from pathlib import Path
from typing import Any

from mmengine.dist import is_main_process
from mmengine.runner import Runner

from mmseg_ext.common.atomic import atomic_path
from mmseg_ext.common.errors import ConfigError, NonFiniteError, UserError
from mmseg_ext.training.resuming.folder_lock import hold
from mmseg_ext.training.resuming.resume import newest_good_checkpoint
from mmseg_ext.training.resuming.training_id import current_training

_FILE = 'recoveries.json'
_KEY = 'recoveries'


class RecoverableError(NonFiniteError):
    """The training stopped, and a resume goes on with lower learning rates."""


class Recovery:
    """Decides on recoveries and applies them.

    Args:
        limit: How many a training may have.
        lr_factor: What each multiplies the learning rates by, in (0, 1).

    Raises:
        ConfigError: An argument is out of its range.
    """

    def __init__(self, limit: int, lr_factor: float) -> None:
        if not isinstance(limit, int) or limit < 0:
            raise ConfigError(f'recoveries must be a whole number from 0, it is {limit!r}')
        if not isinstance(lr_factor, float) or not 0 < lr_factor < 1:
            raise ConfigError(f'lr_factor must lie between 0 and 1, it is {lr_factor!r}')
        self.limit, self.lr_factor = limit, lr_factor

    def decide(self, runner: Runner, message: str) -> NonFiniteError:
        """Note one more recovery, if there may be one.

        Args:
            runner: The training that stops.
            message: Why it stops.

        Returns:
            The error to raise: a RecoverableError where a resume goes on.
        """
        if not self.limit:
            return NonFiniteError(message)
        # The same on every rank, unlike the file, which the main process is writing.
        done = runner.message_hub.runtime_info.get(_KEY, 0)
        if done >= self.limit:
            return NonFiniteError(f'{message}\n  recoveries: {done}, and no more are allowed')
        try:
            checkpoint = newest_good_checkpoint(Path(runner.work_dir))
        except UserError as error:
            return NonFiniteError(f'{message}\n  recoveries: none ({error})')
        if checkpoint is None:
            return NonFiniteError(f'{message}\n  recoveries: none, as there is no checkpoint yet')
        if is_main_process():
            self._note(runner, done)
        return RecoverableError(
            f'{message}\n  recovery {done + 1} of {self.limit}: go on from {checkpoint} with '
            f'learning rates times {self.lr_factor}'
        )

    def _note(self, runner: Runner, done: int) -> None:
        own, others = _read(runner)
        entry = dict(
            training=current_training(runner),
            iteration=runner.iter + 1,
            lr_factor=self.lr_factor,
        )
        with atomic_path(Path(runner.work_dir, _FILE), durable=True) as path:
            path.write_text(json.dumps([*others, *own[:done], entry]))

    def apply(self, runner: Runner) -> None:
        """Lower the learning rates of a resumed training by the recoveries that it has not had.

        Raises:
            ConfigError: Another process trains in the work folder.
        """
        if is_main_process():
            # What a running training has noted is not to be removed.
            hold(runner.work_dir)
        if runner.iter == 0:
            # A new training in a used folder.
            if is_main_process():
                Path(runner.work_dir, _FILE).unlink(missing_ok=True)
            return
        done = runner.message_hub.runtime_info.get(_KEY, 0)
        noted, _ = _read(runner)
        for entry in noted[done:]:
            scale_learning_rates(runner, entry['lr_factor'])
            runner.logger.warning(
                f'recovery from iteration {entry["iteration"]}: learning rates times '
                f'{entry["lr_factor"]}'
            )
        runner.message_hub.update_info(_KEY, max(done, len(noted)))


def parameter_groups(runner: Runner) -> list[dict[str, Any]]:
    """Return the parameter groups of the optimizer, or of all where there are several."""
    groups = runner.optim_wrapper.param_groups
    return (
        [group for part in groups.values() for group in part]
        if isinstance(groups, dict)
        else groups
    )


def _read(runner: Runner) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return what was noted of this training, and of others in its folder."""
    noted = _noted(runner)
    training = current_training(runner)
    own = [entry for entry in noted if entry.get('training') == training]
    return own, [entry for entry in noted if entry not in own]


def _noted(runner: Runner) -> list[dict[str, Any]]:
    path = Path(runner.work_dir, _FILE)
    if not path.is_file():
        return []
    try:
        noted = json.loads(path.read_text())
    except ValueError:
        noted = None
    if isinstance(noted, list) and all(map(_is_entry, noted)):
        return noted
    aside = path.with_name(f'{_FILE}.spoilt')
    if is_main_process():
        path.replace(aside)
    runner.logger.warning(
        f'{path} holds no recoveries and is set aside as {aside.name}: learning rates are those of '
        'the checkpoint, whatever recoveries came after it'
    )
    return []


def _is_entry(entry: Any) -> bool:
    return (
        isinstance(entry, dict)
        and isinstance(entry.get('lr_factor'), float)
        and 0 < entry['lr_factor'] < 1
        and isinstance(entry.get('iteration'), int)
    )


def scale_learning_rates(runner: Runner, factor: float) -> None:
    """Multiply the learning rates, now and to come, of all parameter groups."""
    for group in parameter_groups(runner):
        for key in ('lr', 'initial_lr'):
            if key in group:
                group[key] *= factor
    for scheduler in all_schedulers(runner):
        if scheduler.param_name == 'lr':
            scheduler.base_values = [value * factor for value in scheduler.base_values]


def all_schedulers(runner: Runner) -> list[Any]:
    """Return the schedulers of the optimizer, or of all where there are several."""
    schedulers = runner.param_schedulers or []
    if isinstance(schedulers, dict):
        return [scheduler for part in schedulers.values() for scheduler in part]
    return schedulers
