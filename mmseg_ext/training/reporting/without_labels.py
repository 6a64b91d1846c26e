"""A test of images without labels: predictions are written or drawn, nothing is scored."""

import os
from collections.abc import Iterator
from typing import Any

from mmcv.transforms import LoadAnnotations
from mmengine.runner import Runner

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.data.sets.listed_samples import inner_sets, sample_infos

NOTHING_SCORED = 'the test images have no labels: nothing is scored'


def lacks_labels(dataset: Any) -> bool:
    """Tell whether no sample of a built data set, with or without wrappers, has a label file."""
    infos = [info for each in inner_sets(dataset) for info in sample_infos(each)]
    return bool(infos) and not any(os.path.isfile(info.get('seg_map_path') or '') for info in infos)


def only_predict(runner: Runner, writes: bool, reports: bool) -> None:
    """Let a test predict without labels.

    Labels are not loaded, and of the metrics only those stay that write predictions.

    Args:
        runner: The test, built and not begun.
        writes: Whether predictions are to be written or drawn.
        reports: Whether a report is asked for.

    Raises:
        ConfigError: There would be nothing to do, or nothing to report.
    """
    if reports:
        raise ConfigError(
            f'{NOTHING_SCORED}, so there is nothing to report; leave out --report, or name labels '
            'in test_dataloader.dataset'
        )
    if not writes:
        raise ConfigError(
            f'{NOTHING_SCORED}; write predictions by --out DIR, draw them by --show-dir DIR, or '
            'name labels in test_dataloader.dataset'
        )
    loop = runner.test_loop
    for dataset in inner_sets(loop.dataloader.dataset):
        for transforms in _transform_lists(getattr(dataset, 'pipeline', None)):
            transforms[:] = [each for each in transforms if not isinstance(each, LoadAnnotations)]
    metrics = [each for each in loop.evaluator.metrics if getattr(each, 'output_dir', None)]
    for metric in metrics:
        metric.format_only = True
    loop.evaluator.metrics = metrics


def _transform_lists(transform: Any) -> Iterator[list]:
    """Yield the lists of transforms of a pipeline and of those in it, as test-time augmentation."""
    for name in ('transforms', 'subroutines'):
        inner = getattr(transform, name, None)
        if isinstance(inner, list):
            yield inner
            for each in inner:
                yield from _transform_lists(each)
