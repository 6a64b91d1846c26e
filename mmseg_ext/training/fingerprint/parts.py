"""What a training follows from, in parts that a user can name, as plain values."""

from collections.abc import Collection, Iterator
from typing import Any

import numpy as np
from mmengine.dist import broadcast_object_list, get_world_size
from mmengine.runner import EpochBasedTrainLoop, Runner

from mmseg_ext.training.fingerprint.files import describe_data
from mmseg_ext.training.fingerprint.lengths import following
from mmseg_ext.training.launch import is_main_process

PARTS = (
    'model', 'losses', 'pipeline', 'sampler', 'batch_size', 'optimizer', 'schedule', 'max_iters',
    'max_epochs', 'classes', 'data',
)  # fmt: skip
"""Names of the parts, as `--allow-changes` takes them."""

# How a model begins, which a resumed one has behind it, and how it predicts.
_NOT_TRAINED_BY = {'init_cfg', 'pretrained', 'test_cfg'}


def fingerprint_of(runner: Runner) -> dict[str, Any]:
    """Describe the training that a runner is built for.

    All processes call it together: the main one asks for the sizes of the files.

    Returns:
        Plain values (dicts, lists, texts, numbers, None) by the names in `PARTS`.
    """
    config, loop = runner.cfg, runner.train_loop
    loader = config.train_dataloader
    dataset = runner.train_dataloader.dataset
    batch_size = get_world_size() * (loader.get('batch_size') or 1)
    counts_epochs = isinstance(loop, EpochBasedTrainLoop)
    data = [describe_data(dataset) if is_main_process() else None]
    broadcast_object_list(data)
    model = dict(config.model)
    model.setdefault('data_preprocessor', config.get('data_preprocessor'))
    return dict(
        model=plain(_without_losses(model)),
        losses=plain(dict(_losses(model))),
        pipeline=plain(list(_pipelines(loader.dataset))),
        sampler=plain({k: loader.get(k) for k in ('sampler', 'batch_sampler', 'drop_last')}),
        batch_size=batch_size,
        optimizer=plain(_optimizer(config, batch_size)),
        schedule=schedule_of(runner, {length_of(runner)}),
        max_iters=None if counts_epochs else loop.max_iters,
        max_epochs=loop.max_epochs if counts_epochs else None,
        classes=plain(getattr(dataset, 'metainfo', {}).get('classes')),
        data=data[0],
    )


def length_of(runner: Runner) -> int:
    """Return the length of a training in what its loop counts, epochs or iterations."""
    loop = runner.train_loop
    return loop.max_epochs if isinstance(loop, EpochBasedTrainLoop) else loop.max_iters


def schedule_of(runner: Runner, lengths: Collection[int]) -> Any:
    """Describe the schedules of a config; see :func:`following` for those that end with it."""
    by_epoch = isinstance(runner.train_loop, EpochBasedTrainLoop)
    return plain(following(runner.cfg.get('param_scheduler'), by_epoch, lengths))


def _optimizer(config: Any, batch_size: int) -> dict[str, Any]:
    wrapper = {key: value for key, value in config.optim_wrapper.items() if value is not None}
    scaling = config.get('auto_scale_lr') or {}
    if scaling.get('enable'):
        # mmengine multiplies the learning rates by what the two make.
        wrapper['auto_scale_lr'] = dict(scaling, batch_size=batch_size)
    return {'type': 'OptimWrapper', **wrapper}


def _pipelines(dataset: Any) -> Iterator[Any]:
    if not isinstance(dataset, dict):
        return
    if 'pipeline' in dataset:
        yield dataset['pipeline']
    for inner in dataset.get('datasets') or [dataset.get('dataset')]:
        yield from _pipelines(inner)


def _is_loss(key: str) -> bool:
    return key.startswith('loss')


def _without_losses(node: Any) -> Any:
    if isinstance(node, dict):
        return {
            key: _without_losses(value)
            for key, value in node.items()
            if not _is_loss(key) and key not in _NOT_TRAINED_BY
        }
    return [_without_losses(each) for each in node] if isinstance(node, (list, tuple)) else node


def _losses(node: Any, place: str = '') -> Iterator[tuple[str, Any]]:
    if isinstance(node, (list, tuple)):
        node = dict(enumerate(node))
    if not isinstance(node, dict):
        return
    for key, value in node.items():
        here = f'{place}.{key}' if place else str(key)
        if _is_loss(str(key)):
            yield here, value
        else:
            yield from _losses(value, here)


def plain(value: Any) -> Any:
    """Return what a config or metainfo holds as dicts, lists, texts, numbers and None."""
    if isinstance(value, dict):
        return {str(key): plain(child) for key, child in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [plain(child) for child in value]
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    if value == 'SyncBN':
        # One process without a GPU has the one for the other.
        return 'BN'
    if value is None or isinstance(value, (str, int, float)):
        return value
    return getattr(value, '__qualname__', None) or repr(value)
