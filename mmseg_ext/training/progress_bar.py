"""A progress bar for trainings and tests on a terminal."""

import logging
import sys
from collections.abc import Sequence
from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)


class ProgressBarHook(Hook):
    """Show a bar with the loss, the time left and the last validation mIoU below the log.

    The training tool adds it to the runner when standard output is a terminal; it is in no registry
    because it has no place in a config.

    Args:
        console: Where to draw; standard output by default.
    """

    priority = 'LOWEST'

    def __init__(self, console: Console | None = None):
        self.console = console or Console()
        self._progress: Progress | None = None
        self._moved_handlers: list[logging.StreamHandler] = []
        self._score = ''

    def before_train(self, runner: Runner) -> None:
        """Start the bar of a training."""
        self._start(runner)
        self._training = self._bar.add_task(
            'train', total=runner.max_iters, completed=runner.iter, note=''
        )

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Advance by one iteration."""
        loss = float(outputs['loss']) if outputs and 'loss' in outputs else float('nan')
        note = f'loss {loss:.3f}{self._score}'
        self._bar.update(self._training, completed=runner.iter + 1, note=note)

    def before_val(self, runner: Runner) -> None:
        """Show a bar of its own while validating."""
        self._evaluation = self._bar.add_task('val', total=len(runner.val_dataloader), note='')

    def after_val_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Advance the validation by one batch."""
        self._bar.update(self._evaluation, completed=batch_idx + 1)

    def after_val_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Keep the validation's mIoU beside the loss."""
        self._bar.remove_task(self._evaluation)
        if metrics and 'mIoU' in metrics:
            self._score = f'  val mIoU {metrics["mIoU"]:.2f}'

    def before_test(self, runner: Runner) -> None:
        """Start the bar of a test."""
        self._start(runner)
        self._evaluation = self._bar.add_task('test', total=len(runner.test_dataloader), note='')

    def after_test_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: Sequence | None = None,
    ) -> None:
        """Advance the test by one batch."""
        self._bar.update(self._evaluation, completed=batch_idx + 1)

    def after_test_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Remove the bar of a test."""
        self.stop()

    def after_train(self, runner: Runner) -> None:
        """Remove the bar of a training."""
        self.stop()

    def stop(self) -> None:
        """Give the terminal back, also after a failure."""
        if self._progress is None:
            return
        self._progress.stop()
        self._progress = None
        for handler in self._moved_handlers:
            handler.setStream(sys.stdout)
        self._moved_handlers.clear()

    @property
    def _bar(self) -> Progress:
        assert self._progress is not None
        return self._progress

    def _start(self, runner: Runner) -> None:
        self._progress = Progress(
            TextColumn('{task.description}'),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn('{task.fields[note]}'),
            console=self.console,
            transient=True,
        )
        terminal = sys.stdout
        self._progress.start()
        # rich prints above the bar what goes through the sys.stdout that it has put in place; the
        # log's handler, made earlier, would write through the bar.
        for handler in runner.logger.handlers:
            if isinstance(handler, logging.StreamHandler) and handler.stream is terminal:
                handler.setStream(sys.stdout)
                self._moved_handlers.append(handler)
