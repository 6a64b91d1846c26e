"""What is checked once, before the first iteration of a training: one file for each kind of fault.

A check raises a `UserError` that names the place, the value found and the one needed, or warns once
of what is only suspicious. Steps cost nothing: what would have to look at every one is found here.
"""

from collections.abc import Callable

from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import Runner

from mmseg_ext.training.before_start.batches import check_batches
from mmseg_ext.training.before_start.hooks_by_epoch import mind_hooks_by_epoch
from mmseg_ext.training.before_start.ignored_label import check_ignored_label
from mmseg_ext.training.before_start.loops import check_samplers
from mmseg_ext.training.before_start.loss_weights import check_loss_weights
from mmseg_ext.training.before_start.numbers_of_classes import check_numbers_of_classes
from mmseg_ext.training.before_start.one_batch.dry_run import check_one_batch
from mmseg_ext.training.before_start.pipeline_order import check_pipeline_order
from mmseg_ext.training.before_start.schedule_begins import check_schedule_begins
from mmseg_ext.training.before_start.schedule_lengths import warn_of_schedule_lengths
from mmseg_ext.training.before_start.schedules import check_schedules, check_something_schedules
from mmseg_ext.training.before_start.shared_frames import check_overlap
from mmseg_ext.training.before_start.unlabelled_classes import check_labelled_classes
from mmseg_ext.training.before_start.validation_sizes import check_validation_sizes
from mmseg_ext.training.before_start.windows import check_windows

# Of a config alone, before anything is built.
CONFIG_CHECKS: tuple[Callable[[Config], None], ...] = (
    check_samplers,
    check_schedules,
    check_schedule_begins,
)
# Of a training that is built, its weights initialised, loaded or resumed.
TRAINING_CHECKS: tuple[Callable[[Runner], None], ...] = (
    check_something_schedules,
    mind_hooks_by_epoch,
    warn_of_schedule_lengths,
    check_pipeline_order,
    check_batches,
    check_overlap,
    check_labelled_classes,
    check_numbers_of_classes,
    check_loss_weights,
    check_ignored_label,
    check_windows,
    check_validation_sizes,
    check_one_batch,
)


def check_config(config: Config) -> None:
    """Run `CONFIG_CHECKS`."""
    for check in CONFIG_CHECKS:
        check(config)


class BeforeStartHook(Hook):
    """Runs `TRAINING_CHECKS`; registered by our training tool, whatever the config's hooks are."""

    # After the hooks that load something; before that of checkpoints, which marks the training as
    # the latest of its folder, and before the first batch is drawn.
    priority = 'LOW'

    def before_train(self, runner: Runner) -> None:
        """Check the training that is about to begin, or to go on."""
        for check in TRAINING_CHECKS:
            check(runner)
