import pickle
from itertools import islice

import numpy as np
import pytest
import torch
from mmengine.dataset import InfiniteSampler

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.common.seeding import SAMPLE, STEP, seed_everything
from mmseg_ext.data.samplers.draws import Draw, SeededInfiniteSampler


class Frames:
    """A data set of seven samples that uses the position of its draws."""

    seeds_draws = True

    def __len__(self):
        return 7


def drawn(number: int, sampler: SeededInfiniteSampler) -> list[tuple[int, int, int]]:
    return [(int(draw), draw.position, draw.seed) for draw in islice(sampler, number)]


@pytest.mark.parametrize('shuffle', [True, False])
def test_the_order_is_that_of_mmengine(shuffle):
    ours = drawn(30, SeededInfiniteSampler(Frames(), shuffle, seed=5))
    theirs = list(islice(InfiniteSampler(Frames(), shuffle, seed=5), 30))
    assert [index for index, _, _ in ours] == theirs
    assert [position for _, position, _ in ours] == list(range(30))
    assert {seed for _, _, seed in ours} == {5}


@pytest.mark.parametrize('skipped', [0, 1, 6, 7, 8, 23])
def test_it_can_be_taken_up_anywhere(skipped):
    whole = drawn(40, SeededInfiniteSampler(Frames(), seed=1))
    sampler = SeededInfiniteSampler(Frames(), seed=1)
    sampler.skip(skipped)
    assert drawn(40 - skipped, sampler) == whole[skipped:]


@pytest.mark.parametrize('skipped', [0, 5])
def test_processes_share_one_stream(skipped):
    whole = drawn(60, SeededInfiniteSampler(Frames(), seed=1))
    for rank in range(3):
        sampler = SeededInfiniteSampler(Frames(), seed=1)
        sampler.rank, sampler.world_size = rank, 3
        sampler.skip(skipped)
        assert drawn(10, sampler) == whole[rank::3][skipped : skipped + 10]


def test_a_draw_is_an_index_that_travels_to_workers():
    draw = pickle.loads(pickle.dumps(Draw(4, position=11, seed=3)))
    assert [10, 20, 30, 40, 50][draw] == 50
    assert (draw.position, draw.seed) == (11, 3)


def test_a_data_set_that_ignores_the_position_is_refused():
    with pytest.raises(ConfigError, match='list does not resume exactly.*GuardedDataset'):
        SeededInfiniteSampler([1, 2])


def streams() -> list[float]:
    import random

    return [random.random(), float(np.random.random()), float(torch.rand(()))]  # noqa: NPY002


def test_a_key_fixes_all_generators_and_keys_differ():
    keys = [
        (0, SAMPLE, 0),
        (0, SAMPLE, 1),
        (0, STEP, 0),
        (1, SAMPLE, 0),
        (0, SAMPLE, 0, 1),
        (-1, 0),
    ]
    values = []
    for key in keys:
        seed_everything(*key)
        first = streams()
        torch.rand(3)
        seed_everything(*key, devices=True)
        assert streams() == first
        values.append(first)
    for column in zip(*values, strict=True):
        assert len(set(column)) == len(keys)
