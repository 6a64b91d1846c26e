"""Ends a training well when a scheduler takes its machine away."""

from pathlib import Path
from typing import Any

import torch
from mmengine.dist import all_reduce, barrier, get_comm_device, get_world_size
from mmengine.hooks import CheckpointHook, EMAHook, Hook
from mmengine.runner import IterBasedTrainLoop, Runner

from mmseg_ext.training.resuming.stop_signals import Shielded, Stopped, StopSignals


class PreemptionHook(Hook):
    """After a signal, write a checkpoint at the end of the iteration and end the training.

    The checkpoint is the one that the config's checkpoint hook would write there, so `--resume`
    goes on exactly. In a validation, it is of the iteration before, and the resumed training begins
    with that validation. With gradient accumulation, it waits for the update.

    Several processes end at the same iteration, the one after a signal reached any of them: each
    says at an iteration whether it got one, and reads at the next what the others said, so that
    nobody waits for it.

    An epoch cannot be resumed in its middle: of an `EpochBasedTrainLoop` nothing is saved.

    It is in no registry, as it needs the handlers that our training tool installs.

    Args:
        signals: What notes the signals.
    """

    # After all that belongs to an iteration, its regular checkpoint too.
    priority = 'LOWEST'

    def __init__(self, signals: StopSignals) -> None:
        self._signals = signals
        self._number = 0
        self._shared: tuple[torch.Tensor, Any] | None = None
        self._batches = 0

    def before_train(self, runner: Runner) -> None:
        """Keep the signals from the workers."""
        loops = (runner.train_loop, runner.val_loop)
        for loader in (loop.dataloader for loop in loops if loop is not None):
            loader.worker_init_fn = Shielded(loader.worker_init_fn)

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None) -> None:
        """From here on there is something to save."""
        self._signals.wait()

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """End the training here, if it shall end.

        Raises:
            Stopped: It shall, and everything is saved.
        """
        if self._shall_end() and _updated(runner):
            self._end(runner, runner.iter + 1)

    def before_val_epoch(self, runner: Runner) -> None:
        """Find how many batches every process has: after those, none asks the others."""
        batches = torch.tensor(len(runner.val_dataloader), device=get_comm_device())
        all_reduce(batches, op='min')
        self._batches = int(batches)

    def after_val_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """End the training within a validation, if it shall end.

        Raises:
            Stopped: It shall, and everything is saved.
        """
        # Not before the first iteration of a resumed training, whose checkpoint is there.
        if self._signals.waits and batch_idx < self._batches and self._shall_end():
            for hook in runner.hooks:
                if isinstance(hook, EMAHook):
                    # Its averages are in the place of the weights.
                    hook.after_val_epoch(runner)
            self._end(runner, runner.iter)

    def _shall_end(self) -> bool:
        """Tell whether any process got a signal; all are told so at the same moment."""
        if get_world_size() == 1 or self._number:
            self._number = self._number or self._signals.received
            return bool(self._number)
        if self._shared is not None:
            number, work = self._shared
            work.wait()
            self._number = int(number)
            if self._number:
                return True
        number = torch.full((1,), self._signals.received, device=get_comm_device())
        work = torch.distributed.all_reduce(number, torch.distributed.ReduceOp.MAX, async_op=True)
        self._shared = number, work
        return False

    def _end(self, runner: Runner, iteration: int) -> None:
        message = _save(runner, iteration)
        # What TensorBoard has not written yet.
        runner.visualizer.close()
        # A launcher ends the others once one has ended, and the main process may still write.
        barrier()
        raise Stopped(self._number, message)


class AllTrainedHook(Hook):
    """Tells the signals that all iterations are done, before reports and calibrations begin."""

    priority = 'HIGHEST'

    def __init__(self, signals: StopSignals) -> None:
        self._signals = signals

    def after_train(self, runner: Runner) -> None:
        """Tell them."""
        self._signals.over()


def _updated(runner: Runner) -> bool:
    """Tell whether no gradients wait for the next iteration."""
    asked = getattr(runner.optim_wrapper, 'should_update', None)
    return asked is None or asked()


def _save(runner: Runner, iteration: int) -> str:
    """Write the checkpoint of an iteration, unless it is there, and say what to do."""
    hook = next((hook for hook in runner.hooks if isinstance(hook, CheckpointHook)), None)
    if hook is None:
        return 'nothing is saved, as the config has no checkpoint hook'
    if not isinstance(runner.train_loop, IterBasedTrainLoop):
        return (
            'an epoch is not resumed in its middle, so nothing more is saved; the same command '
            f'with --resume goes on from the last checkpoint in {hook.out_dir}'
        )
    path = Path(hook.out_dir, hook.filename_tmpl.format(iteration))
    if Path(getattr(hook, 'last_ckpt', None) or '').name != path.name:
        runner.logger.info(f'Saving checkpoint at {iteration} iterations, as the training ends')
        hook._save_checkpoint_with_step(runner, iteration, dict(epoch=runner.epoch, iter=iteration))
    return (
        f'iteration {iteration} of {runner.max_iters} is in {path}; the same command with '
        '--resume goes on from it'
    )
