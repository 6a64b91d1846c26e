"""A whole training, with the recoveries that its config allows."""

import sys
from collections.abc import Sequence
from pathlib import Path

from mmengine.config import Config
from mmengine.dist import barrier
from mmengine.hooks import Hook

from mmseg_ext.engine.launch import is_main_process
from mmseg_ext.engine.recovery import RecoverableError
from mmseg_ext.engine.resume import newest_good_checkpoint
from mmseg_ext.engine.runner import build_runner, progress_bar


def train(config: Config, hooks: Sequence[Hook] = ()) -> None:
    """Train, and go on from the last checkpoint where `NonFiniteHook` allows it.

    Args:
        config: Its `load_from` and `resume` are changed at a recovery.
        hooks: Registered besides those of the config.

    Raises:
        NonFiniteError: A loss or gradient is not finite, and no recovery is left.
    """
    while True:
        runner = build_runner(config)
        for hook in hooks:
            runner.register_hook(hook)
        try:
            with progress_bar(runner):
                runner.train()
            return
        except RecoverableError as error:
            if is_main_process():
                print(f'warning: {error}', file=sys.stderr)
        # mmengine collects it, its workers and its model, when it builds the next data set.
        del runner
        # The main process has written down what was decided.
        barrier()
        config.resume = True
        config.load_from = newest_good_checkpoint(Path(config.work_dir))
