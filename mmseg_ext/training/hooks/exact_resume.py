"""A resumed training goes on the path that it left."""

import os
from bisect import bisect
from typing import Any

import torch
from mmengine.dist import get_rank
from mmengine.hooks import Hook
from mmengine.runner import IterBasedTrainLoop, Runner
from mmseg.registry import HOOKS

from mmseg_ext.common.seeding import STEP, seed_everything, shared_seed

# mmengine prints among the scores whatever has a name that begins with val.
_VALIDATED = 'last_validation'


@HOOKS.register_module()
class ExactResumeHook(Hook):
    """Let the noise of every training step follow from seed, iteration and process.

    Dropout and other noise in a model draw from global generators, which are seeded before each
    step: no state of theirs has to travel in checkpoints, whichever process saved them. The
    augmentation of each sample follows from its place in the stream of `SeededInfiniteSampler`.
    Together, an interrupted `IterBasedTrainLoop` that is resumed ends bit-equal to an unbroken one.

    A checkpoint is written before the validation of its iteration. A training that resumes from it
    therefore begins with that validation; not so where the validation was the best yet, for then
    mmengine writes the checkpoint once more after it.
    """

    priority = 'VERY_HIGH'

    def before_run(self, runner: Runner) -> None:
        """Let cuBLAS work where deterministic operations were asked for."""
        if torch.are_deterministic_algorithms_enabled():
            # Asked for before its first use, with an error that ends the run.
            os.environ.setdefault('CUBLAS_WORKSPACE_CONFIG', ':4096:8')

    def before_train(self, runner: Runner) -> None:
        """Give the sampler the seed of the run, which a checkpoint may have set."""
        sampler = runner.train_dataloader.sampler
        if hasattr(sampler, 'seed'):
            sampler.seed = shared_seed(runner.seed)

    def before_train_epoch(self, runner: Runner) -> None:
        """Validate where the resumed training left off, if a validation was due there."""
        loop = runner.train_loop
        if not isinstance(loop, IterBasedTrainLoop) or runner.val_loop is None:
            return
        if runner.iter == 0 or runner.iter < loop.val_begin:
            return
        # The report at the end of a training is of its last validation, which is made up for.
        validated = runner.message_hub.runtime_info.get(_VALIDATED) == runner.iter
        if validated and runner.iter < runner.max_iters:
            return
        # The interval that is in force once this iteration is done, as the loop decides it.
        place = bisect(loop.dynamic_milestones, runner.iter + 1)
        interval = loop.dynamic_intervals[place - 1]
        if runner.iter % interval == 0 or runner.iter == runner.max_iters:
            runner.logger.info(f'Validation at {runner.iter} iterations, before going on')
            runner.val_loop.run()

    def after_val_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Note what a checkpoint that is written after this validation includes."""
        runner.message_hub.update_info(_VALIDATED, runner.iter)

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None) -> None:
        """Seed the noise of one step."""
        seed_everything(runner.seed, STEP, runner.iter, get_rank(), devices=True)
