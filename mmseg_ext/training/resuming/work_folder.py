"""What a training keeps in its work folder besides checkpoints and logs."""

import re
from pathlib import Path

from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import Runner

from mmseg_ext.common.atomic import atomic_path, remove_temporaries
from mmseg_ext.common.errors import ConfigError
from mmseg_ext.training.launch import is_main_process
from mmseg_ext.training.resuming.folder_lock import hold

KEPT_FILES = ('.training_lock', 'training_id', 'recoveries.json', 'last_checkpoint')


def enter(config: Config) -> None:
    """Keep others from training in the work folder, before anything is written there.

    Raises:
        ConfigError: Another process trains there, or a folder has the name of a file that a
            training keeps.
    """
    if not is_main_process():
        return
    folder = Path(config.work_dir)
    folder.mkdir(parents=True, exist_ok=True)
    for name in (*KEPT_FILES, Path(config.filename or '.').name):
        if name and (folder / name).is_dir():
            raise ConfigError(
                f'{folder / name} is a folder, and a training keeps a file of this name: rename '
                'it, or choose another --work-dir'
            )
    hold(folder)


class ConfigFileHook(Hook):
    """Writes the config into the work folder once the training begins.

    mmengine does so when it builds a runner. What it replaces may be the config of a training that
    is there, where the new one is refused, or is only a test.
    """

    # After all that may refuse the training.
    priority = 'LOWEST'

    def before_train(self, runner: Runner) -> None:
        """Write it, under the name that mmengine gives it."""
        if is_main_process():
            name = Path(runner.cfg.filename or f'{runner.timestamp}.py').name
            remove_temporaries(runner.work_dir, re.escape(name))
            with atomic_path(Path(runner.work_dir, name)) as path:
                runner.cfg.dump(path)
