"""Hooks that count epochs, mmengine's default, in a loop that has none."""

from mmengine.hooks import CheckpointHook, LoggerHook
from mmengine.runner import IterBasedTrainLoop, Runner


def mind_hooks_by_epoch(runner: Runner) -> None:
    """Let validations be logged at their iteration, and warn of checkpoints that are not written.

    Scores at epoch 0 have no curve in TensorBoard or in the report, which nobody can want.
    """
    if not isinstance(runner.train_loop, IterBasedTrainLoop):
        return
    for hook in runner.hooks:
        if isinstance(hook, LoggerHook) and hook.log_metric_by_epoch and runner.val_loop:
            hook.log_metric_by_epoch = False
            runner.logger.warning(
                'validations are logged at their iteration, as there are no epochs; to say so in '
                "the config: default_hooks.logger=dict(type='LoggerHook', log_metric_by_epoch="
                'False)'
            )
        if isinstance(hook, CheckpointHook) and hook.by_epoch:
            runner.logger.warning(
                'the only checkpoint is that of the end, as the hook counts epochs and the '
                'training has none: default_hooks.checkpoint=dict(type='
                f'{type(hook).__name__!r}, by_epoch=False, interval=ITERATIONS)'
            )
