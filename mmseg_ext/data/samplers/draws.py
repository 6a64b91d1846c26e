"""A sampler whose stream can be taken up anywhere, for trainings that resume exactly."""

from collections.abc import Iterator, Sized
from itertools import count

import torch
from mmengine.dist import get_dist_info, sync_random_seed
from mmseg.registry import DATA_SAMPLERS
from torch.utils.data import Sampler

from mmseg_ext.common.errors import ConfigError


class Draw(int):
    """The index of a sample that also knows which draw of the training it is.

    Attributes:
        position: Number of the draw among those of all processes, from 0.
        seed: Seed of the run.
    """

    position: int
    seed: int

    def __new__(cls, index: int, position: int, seed: int) -> 'Draw':
        """Make the draw of one sample."""
        draw = super().__new__(cls, index)
        draw.position, draw.seed = position, seed
        return draw

    def __reduce__(self) -> tuple:
        """Travel to a data-loading worker."""
        return type(self), (int(self), self.position, self.seed)


@DATA_SAMPLERS.register_module()
class SeededInfiniteSampler(Sampler):
    """mmengine's `InfiniteSampler` that starts anywhere and tells each sample its place.

    It draws in the order of `InfiniteSampler`. What it yields are :class:`Draw`, integers with the
    position in the stream: from that and the seed, a data set of mmseg_ext or a `GuardedDataset`
    seeds the sample's augmentation, so that it does not depend on which worker makes it, on how
    many workers and processes there are, or on whether the training was interrupted.

    Args:
        dataset: The data set to draw from.
        shuffle: Whether each pass over the data has a new order.
        seed: Seed, the same in all processes; None draws one.

    Raises:
        ConfigError: The data set would not use the position, or is empty.
    """

    def __init__(self, dataset: Sized, shuffle: bool = True, seed: int | None = None) -> None:
        if not getattr(dataset, 'seeds_draws', False):
            raise ConfigError(
                f'a training with {type(dataset).__name__} does not resume exactly: wrap it, '
                "dataset=dict(type='GuardedDataset', dataset=dict(...)), or use "
                "sampler=dict(type='InfiniteSampler')"
            )
        if len(dataset) == 0:
            raise ConfigError(f'{type(dataset).__name__} has no samples to draw from')
        self.rank, self.world_size = get_dist_info()
        self.size = len(dataset)
        self.shuffle = shuffle
        self.seed: int = sync_random_seed() if seed is None else seed
        self._start = 0

    def skip(self, num_samples: int) -> None:
        """Start after so many samples of this process; mmengine calls it on a resume."""
        self._start = num_samples

    def __iter__(self) -> Iterator[Draw]:
        """Yield this process's draws without end."""
        generator = torch.Generator()
        generator.manual_seed(self.seed)
        first = self.rank + self._start * self.world_size
        for epoch in count():
            order = self.order(generator)
            end = (epoch + 1) * self.size
            while first < end:
                yield Draw(int(order[first - epoch * self.size]), first, self.seed)
                first += self.world_size

    def order(self, generator: torch.Generator) -> torch.Tensor:
        """Draw the indices of one pass over the data, int64, shape (N,)."""
        if not self.shuffle:
            return torch.arange(self.size)
        return torch.randperm(self.size, generator=generator)

    def __len__(self) -> int:
        """Return the length of the data set, as `InfiniteSampler` does."""
        return self.size
