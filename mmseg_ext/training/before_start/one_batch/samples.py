"""The first samples of a loader, made in the main process; the loader stays where it is."""

import copy
from collections.abc import Iterable
from itertools import islice
from typing import Any

from mmengine.dataset import DefaultSampler
from torch.utils.data import DataLoader, SequentialSampler

from mmseg_ext.data.samplers.draws import SeededInfiniteSampler

# Their iterators begin anew; that of mmengine's InfiniteSampler goes on where another one stopped.
_BEGIN_ANEW = (SeededInfiniteSampler, DefaultSampler, SequentialSampler)


def first_samples(loader: DataLoader, number: int) -> list[Any]:
    """Make the samples that a loader begins with.

    Random numbers are drawn from the global generators.

    Args:
        loader: Its workers are not started.
        number: How many; fewer where the data set is smaller.

    Returns:
        What the data set's pipeline gives, before it is collated. Of samplers that cannot be asked
        without moving on, those of the data set's first indices.

    Raises:
        DataError: A sample is bad.
    """
    size = len(loader.dataset)  # type: ignore[arg-type]
    indices: Any = range(size)
    if isinstance(loader.sampler, _BEGIN_ANEW):
        indices = loader.sampler
    return samples_at(loader, islice(indices, min(number, size)))


def samples_at(loader: DataLoader, indices: Iterable[int]) -> list[Any]:
    """Make the samples of some indices, as `first_samples` does."""
    # Transforms may keep generators of their own, or what they have read.
    try:
        dataset = copy.deepcopy(loader.dataset)
    except Exception:  # what it holds, such as an open file, decides which
        dataset = loader.dataset
    return [dataset[index] for index in indices]


def smallest_batch(loader: DataLoader) -> int:
    """Return how many samples the smallest batch of a loader has."""
    batch_size = loader.batch_size
    if batch_size is None:
        # A batch sampler of one's own tells no number.
        return 2
    if loader.drop_last or isinstance(loader.sampler, SeededInfiniteSampler):
        return batch_size
    if not isinstance(loader.sampler, _BEGIN_ANEW):
        return batch_size
    return len(loader.sampler) % batch_size or batch_size
