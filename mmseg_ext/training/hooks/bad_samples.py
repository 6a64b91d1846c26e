"""Counts the bad samples that a training skips, and keeps bad labels from its losses."""

from typing import Any

from mmengine.dist import all_gather_object, get_world_size
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner
from mmseg.registry import HOOKS

from mmseg_ext.common.batches import files_of
from mmseg_ext.common.decode_head import last_decode_head
from mmseg_ext.common.errors import DataError
from mmseg_ext.data.reading.guard import REPLACED, SKIP, check_ids

_KEY = 'bad_samples'


@HOOKS.register_module()
class BadSampleHook(Hook):
    """Account for every sample that `on_bad_sample='skip'` left out.

    What was skipped is counted by its fault, of all processes, and travels in checkpoints; the list
    is logged at the end of the training. When the bad samples are more than the data set's
    `max_bad_share` of it, the training ends.

    With data sets that do not check the labels of their samples (any but those of mmseg_ext and
    `GuardedDataset`), or that have more classes than the decode head, it checks them here, in the
    main process: an id that is no class of the head, or of the data set where a model has no such
    head, ends the training with the names of the files before a loss is computed.
    """

    priority = 'HIGH'

    def before_train(self, runner: Runner) -> None:
        """Take up the counts of a resumed training."""
        dataset = runner.train_dataloader.dataset
        self._skips = getattr(dataset, 'on_bad_sample', None) == SKIP
        self._counts: dict[str, int] = dict(runner.message_hub.runtime_info.get(_KEY, {}))
        classes = len(dataset.metainfo.get('classes') or ())
        self._num_classes = _num_classes(runner) or classes
        checked = getattr(dataset, 'seeds_draws', False)
        unchecked = not checked or classes > self._num_classes
        self._checks = unchecked and self._num_classes > 0

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None) -> None:
        """Count what this batch replaces, or check its labels.

        Raises:
            DataError: Too many samples are bad, or a label is no class.
        """
        if self._skips:
            self._count(runner, data_batch['data_samples'])
        if self._checks:
            ignore_index = getattr(runner.train_dataloader.dataset, 'ignore_index', 255)
            for sample in data_batch['data_samples']:
                check_ids(
                    dict(data_samples=sample), self._num_classes, ignore_index, files_of([sample])
                )

    def after_train(self, runner: Runner) -> None:
        """List what was skipped."""
        if self._counts:
            runner.logger.warning(self._list())

    def _count(self, runner: Runner, samples: list[Any]) -> None:
        faults = [fault for sample in samples for fault in sample.metainfo.get(REPLACED, ())]
        if get_world_size() > 1:
            faults = [fault for part in all_gather_object(faults) for fault in part]
        if not faults:
            return
        for fault in faults:
            self._counts[fault] = self._counts.get(fault, 0) + 1
        runner.message_hub.update_info(_KEY, dict(self._counts))
        dataset = runner.train_dataloader.dataset
        allowed = _allowed(dataset.max_bad_share, len(dataset))
        if len(self._counts) > allowed:
            raise DataError(
                f'{len(self._counts)} of {len(dataset)} samples are bad, and max_bad_share='
                f'{dataset.max_bad_share} allows {allowed}. {self._list()}'
            )

    def _list(self) -> str:
        times = sum(self._counts.values())
        lines = [f'{fault} (skipped {number} times)' for fault, number in self._counts.items()]
        return '\n  '.join([f'bad samples: {len(lines)}, skipped {times} times in all:', *lines])


def _allowed(share: float, size: int) -> int:
    # 0.29 * 100 is 28.999….
    return int(share * size + 1e-6)


def _num_classes(runner: Runner) -> int | None:
    model = runner.model.module if is_model_wrapper(runner.model) else runner.model
    return getattr(last_decode_head(model), 'num_classes', None)
