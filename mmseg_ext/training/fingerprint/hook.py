"""Puts the fingerprint of a training into its checkpoints, and compares it at a resume."""

from collections.abc import Collection
from typing import Any

from mmengine.dist import get_world_size
from mmengine.hooks import Hook
from mmengine.runner import EpochBasedTrainLoop, Runner

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.training.fingerprint.differences import differences, settings_before
from mmseg_ext.training.fingerprint.lengths import following
from mmseg_ext.training.fingerprint.parts import (
    PARTS,
    fingerprint_of,
    length_of,
    plain,
    schedule_of,
)
from mmseg_ext.training.fingerprint.rates import follow_config, require_same_optimizer
from mmseg_ext.training.resuming.recovery import parameter_groups

_KEY = 'fingerprint'
# Lengths that the training had before it was made longer or shorter.
_EARLIER = 'earlier_lengths'
_RATES = {'optimizer', 'schedule', 'max_iters', 'max_epochs'}


class FingerprintHook(Hook):
    """Refuses to resume another training than that of the checkpoint.

    Registered by our training tool; a config does without, and so do mmseg's own tools.

    Args:
        allowed: Names of the parts, of `PARTS`, that may have changed; the config then counts.

    Raises:
        ConfigError: A name is no part; at a resume: another part has changed, or the training is
            shorter than what is done.
    """

    def __init__(self, allowed: Collection[str] = ()) -> None:
        for name in allowed:
            if name not in PARTS:
                raise ConfigError(f'{name!r} is no part of a training: {", ".join(PARTS)}')
        self._allowed = allowed
        self._fingerprint: dict[str, Any] = {}

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict[str, Any]) -> None:
        """Compare, before mmengine's resume takes anything from the checkpoint."""
        if not runner._resume:
            return
        _require_something_to_do(runner, checkpoint['meta'])
        _take_equal_metainfo(runner, checkpoint['meta'])
        then = checkpoint['meta'].get(_KEY)
        if not isinstance(then, dict):
            runner.logger.warning(
                'the checkpoint does not say what it was trained with, being of an earlier version '
                'or of another tool: whether the config is still the same is not checked'
            )
            require_same_optimizer(runner, checkpoint)
            return
        now = self._of(runner)
        lengths = self._lengths(runner, then)
        now['schedule'] = schedule_of(runner, lengths)
        if earlier := sorted(lengths - {length_of(runner)}):
            now[_EARLIER] = earlier
        changed = differences(then, now)
        refused = [part for part in changed if part not in self._allowed]
        if refused:
            lines = '\n  '.join(changed[part] for part in refused)
            settings = settings_before(then, now, get_world_size())
            repeated = (
                f'give --cfg-options {" ".join(settings)}'
                if settings
                else 'repeat the options of the first call'
            )
            raise ConfigError(
                f'{runner._load_from} was trained with another config:\n  {lines}\n'
                f'Resume with the config that it was trained with ({repeated}), or go on with what '
                f'has changed: --allow-changes {" ".join(changed)}'
            )
        if changed:
            new_kind = _type(then['optimizer']) != _type(now['optimizer'])
            self._go_on(runner, checkpoint, changed, lengths, new_kind)

    def before_train(self, runner: Runner) -> None:
        """Describe a new training."""
        if not self._fingerprint:
            self._of(runner)

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict[str, Any]) -> None:
        """Put it beside what mmengine says of a checkpoint."""
        checkpoint['meta'][_KEY] = self._fingerprint

    def _of(self, runner: Runner) -> dict[str, Any]:
        self._fingerprint = fingerprint_of(runner)
        return self._fingerprint

    def _lengths(self, runner: Runner, then: dict[str, Any]) -> set[int]:
        """Return the lengths with which a schedule may end that ends with the training."""
        own = {length_of(runner)}
        if 'schedule' in self._allowed:
            # A user who allows it means what the config says.
            return own
        earlier = [then.get('max_iters'), then.get('max_epochs'), *(then.get(_EARLIER) or ())]
        return own | {length for length in earlier if isinstance(length, int)}

    def _go_on(
        self,
        runner: Runner,
        checkpoint: dict[str, Any],
        changed: dict[str, str],
        lengths: set[int],
        new_kind: bool,
    ) -> None:
        for words in changed.values():
            runner.logger.warning(f'changed since the checkpoint, as allowed: {words}')
        if _RATES.isdisjoint(changed):
            return
        by_epoch = isinstance(runner.train_loop, EpochBasedTrainLoop)
        schedules = following(runner.cfg.get('param_scheduler'), by_epoch, lengths)
        follow_config(runner, checkpoint, schedules, 'optimizer' in changed, new_kind)
        done, length, unit = _place(runner, checkpoint['meta'])
        rates = sorted({group['lr'] for group in parameter_groups(runner)})
        runner.logger.warning(
            f'optimizer and schedule go on as of {done} of {length} {unit}, and so does what '
            f'follows from that share ({done / length:.3g}), as the weight of class suppression; '
            f'learning rate: {", ".join(f"{rate:.6g}" for rate in rates[:3])}'
        )


def _take_equal_metainfo(runner: Runner, meta: dict[str, Any]) -> None:
    """Keep mmengine from a warning where the metainfo of the data set is what it was.

    It compares pickles, and those of a config's dict and of the plain dict that a checkpoint holds
    differ, as those of a tuple and a list do.
    """
    own = getattr(runner.train_dataloader.dataset, 'metainfo', None)
    if plain(own) == plain(meta.get('dataset_meta')):
        meta['dataset_meta'] = own


def _type(wrapper: dict[str, Any]) -> Any:
    return (wrapper.get('optimizer') or {}).get('type')


def _require_something_to_do(runner: Runner, meta: dict[str, Any]) -> None:
    done, length, unit = _place(runner, meta)
    if done > length:
        raise ConfigError(
            f'{runner._load_from} has {done} {unit} behind it, and train_cfg ends at {length}'
        )


def _place(runner: Runner, meta: dict[str, Any]) -> tuple[int, int, str]:
    """Return what is done, the length of the training, and what both count."""
    if isinstance(runner.train_loop, EpochBasedTrainLoop):
        return meta['epoch'], length_of(runner), 'epochs'
    return meta['iter'], length_of(runner), 'iterations'
