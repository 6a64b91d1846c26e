"""Schedules that follow the length of their training."""

import pytest

from mmseg_ext.training.fingerprint.lengths import following

POLY = dict(type='PolyLR', begin=20, by_epoch=False)


@pytest.mark.parametrize(
    ('given', 'left'),
    [
        (POLY | dict(end=600), POLY),
        (POLY | dict(end=1200), POLY),
        (POLY | dict(end=300), POLY | dict(end=300)),
        (POLY, POLY),
        (dict(type='PolyLR', end=600), dict(type='PolyLR', end=600)),
        (
            dict(type='PolyLR', end=600, convert_to_iter_based=True),
            dict(type='PolyLR', end=600, convert_to_iter_based=True),
        ),
        (
            dict(type='CosineAnnealingLR', begin=100, T_max=500, by_epoch=False),
            dict(type='CosineAnnealingLR', begin=100, by_epoch=False),
        ),
        (
            dict(type='OneCycleLR', total_steps=600, by_epoch=False),
            dict(type='OneCycleLR', by_epoch=False),
        ),
        (
            dict(type='MultiStepLR', milestones=[600], by_epoch=False),
            dict(type='MultiStepLR', milestones=[600], by_epoch=False),
        ),
    ],
)
def test_what_ends_with_the_training_is_left_to_it(given, left):
    """Of 600 iterations, 1200 now."""
    before = dict(given)
    assert following([given], False, {600, 1200}) == [left]
    assert following(dict(head=[given]), False, {600, 1200}) == dict(head=[left])
    assert given == before


def test_epochs():
    assert following([dict(type='PolyLR', end=12)], True, {12}) == [dict(type='PolyLR')]
    assert following(None, True, {12}) is None
