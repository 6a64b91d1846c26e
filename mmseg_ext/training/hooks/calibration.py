"""Calibrates the decisions of a training's last checkpoint."""

import copy
import logging
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.dist import broadcast_object_list, is_main_process
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmengine.runner.amp import autocast
from mmseg.registry import HOOKS

from mmseg_ext.calibration.driver.biased_model import BiasedModel
from mmseg_ext.calibration.driver.fit import FRAMES, fit_checkpoint
from mmseg_ext.calibration.driver.fit_frames import check_split, fit_set, refuse_test_frames
from mmseg_ext.calibration.driver.words import expectation, record_of, warnings_of
from mmseg_ext.calibration.objectives import OBJECTIVES
from mmseg_ext.checkpoints.calibrated import write_calibrated
from mmseg_ext.checkpoints.checkpoint import unwrapped
from mmseg_ext.checkpoints.loaders import load_checked
from mmseg_ext.common.config_parts import type_name
from mmseg_ext.common.errors import ConfigError
from mmseg_ext.models.trained_model import trained_model
from mmseg_ext.reports.calibrated import FOLDER, about_few, before_and_after
from mmseg_ext.training.reporting.report_hook import ReportHook, reported_evaluation
from mmseg_ext.training.resuming.resume import last_checkpoint

_SCORES = ('mIoU', 'tail_mIoU', 'mAcc', 'aAcc')


@HOOKS.register_module()
class CalibrationHook(Hook):
    """Calibrate after the last iteration, as `mmseg-debias calibrate` does, and evaluate both.

    The calibrated checkpoint is written beside the last one, as `iter_600_calibrated.pth`, where a
    gain is shown on frames that were not fitted on. Then the model is evaluated on the validation
    set with and without; the report of the calibrated one is in `report-calibrated` of the work
    folder. `custom_hooks=[dict(type='CalibrationHook')]`, or `--calibrate` of our training tool.

    Args:
        split: 'train' or 'val'.
        frames: How many frames are drawn to fit on.
        objective: One of :data:`~mmseg_ext.calibration.objectives.OBJECTIVES`.
        seed: Of frames, pixels and folds.

    Raises:
        ConfigError: An argument is not of the allowed ones; before the training: its model does not
            end in `conv_seg` with a bias, or there are no such frames, or they are test frames.

    Source: our decision.
    """

    # After the report of the training.
    priority = 'LOW'

    def __init__(
        self, split: str = 'train', frames: int = FRAMES, objective: str = 'mIoU', seed: int = 0
    ):
        check_split(split)
        if not isinstance(frames, int) or frames < 1:
            raise ConfigError(f'CalibrationHook: frames={frames!r}: give a whole number from 1')
        if objective not in OBJECTIVES:
            raise ConfigError(
                f'CalibrationHook: objective={objective!r}: give one of {", ".join(OBJECTIVES)}'
            )
        self._split, self._frames, self._objective, self._seed = split, frames, objective, seed
        self._outcome = 'not calibrated: the training did not reach its end'

    def before_train(self, runner: Runner) -> None:
        """Check that the model can be calibrated on these frames, before it is trained."""
        BiasedModel(unwrapped(runner.model))
        refuse_test_frames(runner.cfg, fit_set(runner.cfg, self._split))

    def after_train(self, runner: Runner) -> None:
        """Calibrate in the main process, and evaluate in all."""
        level = runner.logger.level
        try:
            found: list[Any] = [self._calibrate(runner) if is_main_process() else None]
            broadcast_object_list(found)
            if found[0] is not None and runner.val_loop is not None:
                self._compare(runner, *found[0])
        finally:
            # Building a model to predict with makes the log quiet.
            runner.logger.setLevel(level)

    def summary(self) -> str:
        """Say where the calibrated checkpoint is, or why there is none."""
        return self._outcome

    def _calibrate(self, runner: Runner) -> tuple[str, str] | None:
        """Return the last checkpoint and the calibrated one, None where there is none."""
        last = last_checkpoint(Path(runner.work_dir))
        if last is None or not last.is_file():
            self._outcome = 'not calibrated: the training has no checkpoint'
            runner.logger.warning(self._outcome)
            return None
        level = runner.logger.level
        fitted = fit_checkpoint(
            runner.cfg,
            str(last),
            self._split,
            self._frames,
            self._objective,
            self._seed,
            bars=False,
        )
        runner.logger.setLevel(level)
        runner.logger.info(f'calibration of {_as_given(runner, last)}:\n{expectation(fitted)}')
        for warning in warnings_of(fitted):
            runner.logger.warning(warning)
        if not fitted.calibration.shown:
            self._outcome = f'not calibrated: no gain of {self._objective} is shown'
            runner.logger.info(self._outcome)
            return None
        target = last.with_name(f'{last.stem}_calibrated.pth')
        write_calibrated(str(last), target, fitted.bias_name, fitted.added, record_of(fitted))
        self._outcome = f'calibrated checkpoint: {_as_given(runner, target)}'
        return str(last), str(target)

    def _compare(self, runner: Runner, last: str, calibrated: str) -> None:
        level = runner.logger.level
        said, evaluations = [], []
        for name, checkpoint in (('as trained', last), ('calibrated', calibrated)):
            model = trained_model(copy.deepcopy(runner.cfg.model), checkpoint)
            # One table of both follows; that of each is in its report.
            runner.logger.setLevel(logging.WARNING)
            scores = _evaluate(model, runner.val_loop)
            evaluations.append(reported_evaluation(runner.val_loop.evaluator))
            shown = [f'{key} {scores[key]:.2f}' for key in _SCORES if key in scores]
            said.append(f'{name} {"  ".join(shown)}')
        runner.logger.setLevel(level)
        work_dir = Path(runner.cfg.work_dir)
        report = ReportHook(work_dir / FOLDER, calibrated)
        report.after_load_checkpoint(runner, load_checked(calibrated))
        report.write(runner, runner.val_loop, model, Path(runner.work_dir))
        before, after = evaluations
        # None in the processes that only count, and of other metrics.
        if before is not None and after is not None:
            lines = [
                f'val, IoU in percent:\n{before_and_after(before, after)}',
                *filter(None, [about_few(len(after.images))]),
            ]
            runner.logger.info('\n'.join(lines))
            self._outcome += (
                f'\ncalibrated {report.summary()}\n'
                f'as trained and calibrated side by side: mmseg-debias report show {work_dir}'
            )
        runner.logger.info(f'val: {"; ".join(said)}')


def _as_given(runner: Runner, path: Path) -> Path:
    """Return a path in the work folder as the user writes that folder, where it is in there."""
    inside = path.is_relative_to(runner.work_dir)
    return Path(runner.cfg.work_dir, path.relative_to(runner.work_dir)) if inside else path


@torch.no_grad()
def _evaluate(model: Any, loop: Any) -> dict[str, float]:
    """Evaluate as the validation does, but none of the hooks takes it for one of the training."""
    for batch in loop.dataloader:
        with autocast(enabled=loop.fp16):
            outputs = model.val_step(batch)
        loop.evaluator.process(data_samples=outputs, data_batch=batch)
    return loop.evaluator.evaluate(len(loop.dataloader.dataset))


def asks_for_calibration(config: Config) -> bool:
    """Tell whether a config has the hook itself."""
    hooks = config.get('custom_hooks') or []
    return any(type_name(hook) == CalibrationHook.__name__ for hook in hooks)
