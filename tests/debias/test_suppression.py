"""Schedules of tau and the draws of the dropped class."""

import math

import numpy as np
import pytest
import torch

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.common.training_progress import Progress
from mmseg_ext.debias.suppression import DropPolicy


def at(iteration, max_iters=100, seed=0):
    return Progress(iteration, max_iters, seed)


@pytest.mark.parametrize(
    ('options', 'expected'),
    [
        (dict(), [0, 0.25, 0.99]),
        (dict(schedule='constant', tau=0.3), [0.3, 0.3, 0.3]),
        (
            dict(schedule='cosine'),
            [0, (1 - math.sqrt(0.5)) / 2, (1 - math.cos(0.99 * math.pi)) / 2],
        ),
        (dict(progress_steps=10), [0, 0.2, 0.9]),
    ],
)
def test_schedules(options, expected):
    policy = DropPolicy(4, **options)
    assert [policy.tau_at(at(i)) for i in (0, 25, 99)] == pytest.approx(expected)


@pytest.mark.parametrize(('iteration', 'max_iters'), [(101, 100), (-1, 100), (0, 0)])
def test_a_step_outside_of_its_run(iteration, max_iters):
    """As after the end of an epoch that never ends: tau would exceed 1."""
    with pytest.raises(ConfigError, match=f'step {iteration} of a training of {max_iters}'):
        at(iteration, max_iters)


def drops(policy, count=4000, max_iters=4000, **more):
    return [policy.at(at(i, max_iters), **more).dropped for i in range(count)]


def test_a_class_is_dropped_with_probability_tau_and_each_as_often():
    dropped = drops(DropPolicy(4, schedule='constant', tau=0.6))
    kept = dropped.count(None)
    assert 0.37 < kept / 4000 < 0.43
    for index in range(4):
        assert 0.13 < dropped.count(index) / 4000 < 0.17


def test_dropping_grows_with_the_training():
    dropped = np.array([d is not None for d in drops(DropPolicy(4))])
    assert dropped[:1000].mean() == pytest.approx(0.125, abs=0.04)
    assert dropped[3000:].mean() == pytest.approx(0.875, abs=0.04)


def test_the_control_never_drops_but_keeps_tau():
    policy = DropPolicy(4, drop_probability=0)
    assert set(drops(policy)) == {None}
    assert policy.at(at(50)).tau == 0.5


def test_draws_follow_from_seed_and_step_alone():
    first = drops(DropPolicy(9), 200)
    assert drops(DropPolicy(9), 200) == first
    other_seed = [DropPolicy(9).at(at(i, 4000, seed=1)).dropped for i in range(200)]
    assert other_seed != first


def test_only_present_classes_are_drawn():
    present = torch.tensor([False, True, False, True])
    policy = DropPolicy(4, draw='present', drop_probability=1)
    assert set(drops(policy, 200, present=present)) == {1, 3}
    assert policy.at(at(3), torch.zeros(4, dtype=torch.bool)).dropped is None


def test_rare_classes_are_drawn_by_inverse_frequency():
    policy = DropPolicy(
        3, draw='inverse_frequency', class_frequency=[0.9, 0.09, 0.01], drop_probability=1
    )
    dropped = drops(policy)
    odds = np.array([1 / 0.9, 1 / 0.09, 1 / 0.01])
    for index, share in enumerate(odds / odds.sum()):
        assert dropped.count(index) / 4000 == pytest.approx(share, abs=0.03)


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (dict(schedule='poly'), r"schedule='poly': choose one of linear, cosine, constant"),
        (dict(draw='rare'), r"draw='rare': choose one of uniform, present, inverse_frequency"),
        (dict(schedule='constant', tau=1.5), r'tau=1.5: give a number from 0 to 1'),
        (dict(tau=0.9), r"tau is that of schedule='constant', not of 'linear'"),
        (dict(schedule='constant', progress_steps=3), r'progress_steps rounds the progress'),
        (dict(drop_probability=-1), r'drop_probability=-1: give a number'),
        (dict(progress_steps=0), r'progress_steps=0: give 1 or more'),
        (dict(draw='inverse_frequency'), r'needs class_frequency.*each of the 3 classes'),
        (dict(draw='inverse_frequency', class_frequency=[1, 0, 1]), r'positive pixel share'),
        (dict(class_frequency=[1, 1, 1]), r"used by draw='inverse_frequency' only"),
    ],
)
def test_wrong_options_are_refused(options, message):
    with pytest.raises(ConfigError, match=message):
        DropPolicy(3, **options)
