"""mmengine's CheckpointHook, with files that a kill or a full disk cannot break."""

import inspect
import re
from collections import deque
from pathlib import Path
from typing import Any

from mmengine.dist import is_main_process
from mmengine.hooks import CheckpointHook
from mmengine.runner import Runner
from mmseg.registry import HOOKS

from mmseg_ext.common.atomic import remove_temporaries
from mmseg_ext.common.errors import ConfigError, nearest
from mmseg_ext.common.score_names import dotted, is_known
from mmseg_ext.training.resuming.folder_lock import hold
from mmseg_ext.training.resuming.training_id import mark_training
from mmseg_ext.training.resuming.work_folder import KEPT_FILES


@HOOKS.register_module()
class AtomicCheckpointHook(CheckpointHook):
    """Save checkpoints so that at every moment the previous one is whole.

    A checkpoint is written beside its place, synced, moved there, and only then named in
    `last_checkpoint`, which is written in the same way; only after that is an outdated one removed.
    Each file carries a checksum. The same holds for the best checkpoint of a validation.

    A checkpoint also carries the id of its training, so that those of an earlier one in the same
    folder are not taken for its own.

    Args:
        **kwargs: Those of mmengine's `CheckpointHook`; files are local. In `save_best`, a score of
            one class is `IoU/car`, or `IoU.car` as in earlier versions and in names of files.

    Raises:
        ConfigError: `backend_args` or `file_client_args` asks for another place than local files,
            an argument is unknown, `save_best` names a score twice, or another process trains in
            the folder; after a validation: `save_best` names no score of it.
    """

    keep_ckpt_ids: deque[int]
    best_ckpt_path: str

    def __init__(self, **kwargs: Any) -> None:
        for key in ('backend_args', 'file_client_args'):
            if kwargs.get(key):
                raise ConfigError(
                    f'AtomicCheckpointHook writes local files; remove {key}={kwargs[key]}, or use '
                    'type=CheckpointHook, whose files a kill can break'
                )
        known = set(inspect.signature(CheckpointHook.__init__).parameters) - {'self', 'kwargs'}
        for key in kwargs:
            if key not in known:
                raise ConfigError(f'AtomicCheckpointHook takes no {key!r}{nearest(key, known)}')
        best = kwargs.get('save_best')
        names = [best] if isinstance(best, str) else best or []
        if names and all(map(is_known, names)):
            kwargs.setdefault('rule', 'greater')
        # What mmengine puts into the names of files and into checkpoints; as in earlier versions.
        self._given = {dotted(name): name for name in names}
        if len(self._given) < len(names):
            raise ConfigError(f'AtomicCheckpointHook: save_best={best!r} names a score twice')
        kwargs['save_best'] = list(self._given) or None
        try:
            super().__init__(**{**kwargs, 'backend_args': dict(backend='atomic')})
        except ValueError as error:
            raise ConfigError(f'AtomicCheckpointHook: save_best={best!r}: {error}') from None

    def before_train(self, runner: Runner) -> None:
        """Tell the training from earlier ones, and remove what a killed process left half done."""
        if is_main_process():
            # First, for mmengine then removes outdated checkpoints.
            hold(runner.work_dir)
        super().before_train(runner)
        if is_main_process():
            mark_training(runner)
            self._point_at_the_start(runner)
            # Those of an export or of a report may be about to be finished.
            remove_temporaries(self.out_dir, self._names())
            remove_temporaries(runner.work_dir, '|'.join(map(re.escape, KEPT_FILES)))
        # In a copied work folder, the checkpoint names the best one of the original.
        if getattr(self, 'best_ckpt_path', None):
            self.best_ckpt_path = self._here(self.best_ckpt_path)
        best = getattr(self, 'best_ckpt_path_dict', {})
        best.update({key: self._here(path) for key, path in best.items() if path})
        last = runner.message_hub.runtime_info.get('last_ckpt')
        if runner.iter and last:
            # Without one, mmengine saves none after a validation that is the best yet.
            self.last_ckpt = self._here(last)

    def _names(self) -> str:
        """Return a regular expression of the names of checkpoints."""
        numbered = r'\d+'.join(map(re.escape, self.filename_tmpl.split('{}')))
        return f'(best_.+_)?{numbered}'

    def _point_at_the_start(self, runner: Runner) -> None:
        """Name the checkpoint that was resumed from: newer ones of this folder were not asked for.

        A resume before the next checkpoint, or a recovery, goes on from it.
        """
        start = runner._load_from
        if (
            runner._resume
            and start
            and Path(start).resolve().parent == Path(self.out_dir).resolve()
        ):
            self._point_at(runner, self._here(start))

    def _point_at(self, runner: Runner, checkpoint: str) -> None:
        self.file_backend.put_text(checkpoint, str(Path(runner.work_dir, 'last_checkpoint')))

    def _here(self, path: str) -> str:
        return self.file_backend.join_path(self.out_dir, Path(path).name)

    def _save_checkpoint_with_step(self, runner: Runner, step: int, meta: dict[str, Any]) -> None:
        outdated: list[int] = []
        if self.max_keep_ckpts > 0:
            # A step that is saved again, after a validation, is the newest and not outdated.
            kept = [*(old for old in self.keep_ckpt_ids if old != step), step]
            # With the outdated ones still in it: if a kill comes before they are removed, the
            # resumed training removes them.
            runner.message_hub.update_info('keep_ckpt_ids', kept)
            outdated, kept = kept[: -self.max_keep_ckpts], kept[-self.max_keep_ckpts :]
            self.keep_ckpt_ids = deque(kept, self.max_keep_ckpts)
        name = self.filename_tmpl.format(step)
        self.last_ckpt = self.file_backend.join_path(self.out_dir, name)
        runner.message_hub.update_info('last_ckpt', self.last_ckpt)
        runner.save_checkpoint(
            self.out_dir,
            name,
            save_optimizer=self.save_optimizer,
            save_param_scheduler=self.save_param_scheduler,
            meta=meta,
            by_epoch=self.by_epoch,
            backend_args=self.backend_args,
            **self.args,
        )
        if is_main_process():
            self._point_at(runner, self.last_ckpt)
            for old in outdated:
                path = Path(self.out_dir, self.filename_tmpl.format(old))
                path.unlink(missing_ok=True)

    def _save_best_checkpoint(self, runner: Runner, metrics: dict[str, Any]) -> None:
        if not self.save_best:
            return
        scores = {dotted(name): score for name, score in metrics.items()}
        for key in self.key_indicators:
            if key != 'auto' and key not in scores:
                given = self._given.get(key, key)
                raise ConfigError(
                    f'save_best={given!r} is no score of the validation{nearest(given, metrics)}'
                )
        # mmengine removes the previous best before it writes the new one.
        self.file_backend.keep_removed()
        super()._save_best_checkpoint(runner, scores)
        best = getattr(self, 'best_ckpt_path_dict', None)
        self.file_backend.remove_kept([self.best_ckpt_path] if best is None else best.values())
