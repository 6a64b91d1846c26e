"""Random streams that follow from where a training is, and from nothing before it."""

import random

import numpy as np
import torch
from mmengine.dist import broadcast, get_world_size

SAMPLE, STEP = range(2)
"""Streams, the second word of a key: one sample's augmentation; one training step's noise."""


def seed_everything(*key: int, devices: bool = False) -> None:
    """Seed the global generators of Python, NumPy and torch from a key of integers.

    Different keys give independent streams, which `seed + worker` does not. albumentations follows
    NumPy's generator (see :class:`~mmseg_ext.data.transforms.augment.Albumentations`).

    Args:
        *key: What the stream follows from, e.g. seed, stream and position.
        devices: Whether to seed the generators of GPUs too, which a data-loading worker must not
            touch.

    Source: our decision; NumPy's ``SeedSequence`` (NEP 19) mixes the key.
    """
    words = np.random.SeedSequence([word % 2**64 for word in key]).generate_state(4, np.uint64)
    random.seed(int(words[0]))
    np.random.seed(words[1:3].view(np.uint32))  # noqa: NPY002 - transforms use the global state
    # torch takes seeds of 64 bits, signed or not.
    if devices:
        torch.manual_seed(int(words[3]))
    else:
        torch.default_generator.manual_seed(int(words[3]))


def shared_seed(seed: int) -> int:
    """Return the seed of the main process, in every process that calls this together with it.

    mmengine's `randomness=dict(diff_rank_seed=True)` gives each process a seed of its own.
    """
    if get_world_size() == 1:
        return seed
    value = torch.tensor([seed])
    broadcast(value)
    return int(value)
