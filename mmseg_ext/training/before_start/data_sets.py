"""The data sets of a training, and the ones that they wrap."""

from collections.abc import Iterator
from typing import Any

from mmengine.runner import Runner


def datasets_of(runner: Runner) -> dict[str, Any]:
    """Return the data sets of training and validation by their place in the config."""
    loops = dict(train=runner.train_loop, val=runner.val_loop)
    return {
        f'{use}_dataloader.dataset': loop.dataloader.dataset
        for use, loop in loops.items()
        if loop is not None
    }


def with_inner(dataset: Any, place: str) -> Iterator[tuple[str, Any]]:
    """Yield a data set and those that it wraps, each with its place in the config."""
    yield place, dataset
    for index, each in enumerate(getattr(dataset, 'datasets', None) or ()):
        yield from with_inner(each, f'{place}.datasets[{index}]')
    inner = getattr(dataset, 'dataset', None)
    if inner is not None:
        yield from with_inner(inner, f'{place}.dataset')
