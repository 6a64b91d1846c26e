"""Writes the report of an evaluation, at the end of a test or of a training."""

import dataclasses
from pathlib import Path
from typing import Any

from mmengine.evaluator import Evaluator
from mmengine.hooks import Hook
from mmengine.runner import Runner

from mmseg_ext.checkpoints.loaders import load_checked
from mmseg_ext.evaluation import Evaluation
from mmseg_ext.reports.folder import write_data, write_page
from mmseg_ext.reports.pictures.picture import ReportImage
from mmseg_ext.training.reporting.fitted_records import fitted_records
from mmseg_ext.training.reporting.per_class_iou import PerClassIoU
from mmseg_ext.training.reporting.provenance import describe_run
from mmseg_ext.training.reporting.report_images import draw_report_images, warn
from mmseg_ext.training.reporting.training_curves import (
    note_log_folder,
    noted_log_folders,
    training_curves,
)
from mmseg_ext.training.resuming.resume import last_checkpoint


class ReportHook(Hook):
    """Writes the report of a test, or of the last validation of a training.

    It is a comfort of our tools and no part of a config; mmseg's own tools do without.

    Args:
        folder: Where to write the report.
        checkpoint: The tested checkpoint; None in a training, which has its own.
    """

    # Before EMAHook, which puts the weights of the training back after an evaluation.
    priority = 'ABOVE_NORMAL'

    def __init__(self, folder: str | Path, checkpoint: str | None = None):
        self.folder = Path(folder)
        self._checkpoint = checkpoint
        self._last: tuple[Evaluation, list[ReportImage]] | None = None
        self._iteration = 0
        self._training_seed: int | None = None
        self._log_folders: list[str] | None = None
        self._fitted: dict[str, Any] = {}
        self._written = False

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict[str, Any]) -> None:
        """Remember the seed and the logs of the training, and what was fitted since."""
        seed = checkpoint.get('meta', {}).get('seed')
        # A checkpoint from elsewhere may have anything there.
        self._training_seed = seed if isinstance(seed, int) else None
        self._log_folders = noted_log_folders(checkpoint)
        self._fitted = fitted_records(checkpoint)

    def before_train(self, runner: Runner) -> None:
        """Forget what was evaluated before a recovery, which may have gone back behind it."""
        self._last, self._written, self._fitted = None, False, {}
        self._log_folders = note_log_folder(runner)

    def after_val_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Keep the evaluation and draw its images while the evaluated weights are at hand."""
        self._keep(runner, runner.val_loop)

    def after_train(self, runner: Runner) -> None:
        """Write the report of the last validation."""
        self._training_seed = runner.seed
        folder = Path(runner.work_dir)
        if self._last is not None:
            evaluation, images = self._last
            checkpoint = _checkpoint_of(self._iteration, folder)
            evaluation = self._write(runner, runner.val_loop, evaluation, checkpoint, folder)
            self._write_page(evaluation, images)

    def after_test_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Write the report of the test, first what was counted."""
        trained = Path(self._checkpoint).parent if self._checkpoint else Path(runner.work_dir)
        self.write(runner, runner.test_loop, runner.model, trained)

    def write(self, runner: Runner, loop: Any, model: Any, trained_in: Path) -> None:
        """Write the report of the evaluation that a loop has just made, first what was counted.

        Args:
            runner: The run.
            loop: Whose evaluator and data set it was.
            model: What was evaluated.
            trained_in: The work folder with the curves of the training.
        """
        evaluation = reported_evaluation(loop.evaluator)
        # None in the processes that only count.
        if evaluation is not None:
            evaluation = self._write(runner, loop, evaluation, self._checkpoint, trained_in)
            self._write_page(evaluation, _images(evaluation, model, loop))

    def _keep(self, runner: Runner, loop: Any) -> None:
        evaluation = reported_evaluation(loop.evaluator)
        # None in the processes that only count.
        if evaluation is not None:
            images = _images(evaluation, runner.model, loop)
            self._last, self._iteration = (evaluation, images), runner.iter

    def _write(
        self, runner: Runner, loop: Any, evaluation: Evaluation, checkpoint: str | None,
        trained_in: Path,
    ) -> Evaluation:  # fmt: skip
        metadata = describe_run(runner, loop.dataloader.dataset, checkpoint, self._training_seed)
        metadata['curves'] = training_curves(trained_in, self._log_folders)
        metadata |= self._fitted
        evaluation = dataclasses.replace(evaluation, metadata=metadata)
        write_data(evaluation, self.folder)
        return evaluation

    def _write_page(self, evaluation: Evaluation, images: list[ReportImage]) -> None:
        for problem in write_page(evaluation, self.folder, images):
            warn(f'{self.folder / "report.html"}: {problem}')
        self._written = True

    def summary(self) -> str:
        """Say where the report is, or why there is none."""
        page = self.folder / 'report.html'
        if self._written:
            return f'report: {page}'
        if page.is_file():
            return f'report: {page}, of an earlier evaluation; nothing was evaluated now'
        return 'no report: nothing was evaluated by the metric PerClassIoU'


def reported_evaluation(evaluator: Evaluator) -> Evaluation | None:
    """Return what the metric `PerClassIoU` evaluated last, None where there is none."""
    metrics = [metric for metric in evaluator.metrics if isinstance(metric, PerClassIoU)]
    return metrics[0].evaluation if metrics else None


def _images(evaluation: Evaluation, model: Any, loop: Any) -> list[ReportImage]:
    try:
        return draw_report_images(evaluation, model, loop.dataloader.dataset)
    except Exception as error:
        # Data sets of one's own may not tell the files of their images.
        warn(f'the report shows no images ({type(error).__name__}: {error})')
        return []


def _checkpoint_of(iteration: int, work_dir: Path) -> str | None:
    """Return the last checkpoint if its weights are those of an iteration."""
    last = last_checkpoint(work_dir)
    if last is None or not last.is_file():
        return None
    saved_at = load_checked(str(last)).get('meta', {}).get('iter')
    return str(last) if saved_at == iteration else None
