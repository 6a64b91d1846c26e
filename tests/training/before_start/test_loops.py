"""Endless samplers in loops that wait for their end."""

import pytest

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.training.before_start import check_config

BY_EPOCH = [dict(type='EpochBasedTrainLoop', max_epochs=1), dict(by_epoch=True, max_epochs=1)]
ENDLESS = ['SeededInfiniteSampler', 'RareClassSampler', 'InfiniteSampler']


@pytest.fixture
def tiny(tiny):
    tiny.param_scheduler = None
    return tiny


@pytest.mark.parametrize('loop', BY_EPOCH)
@pytest.mark.parametrize('sampler', [*ENDLESS, 'mmengine.InfiniteSampler'])
def test_an_epoch_that_never_ends(tiny, loop, sampler):
    tiny.train_cfg = loop
    tiny.train_dataloader.sampler = dict(type=sampler)
    with pytest.raises(ConfigError, match=r"train_dataloader\.sampler\.type='\w+' draws without"):
        check_config(tiny)


@pytest.mark.parametrize('use', ['val', 'test'])
@pytest.mark.parametrize('sampler', ENDLESS)
def test_a_validation_or_test_that_never_ends(tiny, use, sampler):
    tiny[f'{use}_dataloader'] = dict(sampler=dict(type=sampler))
    with pytest.raises(ConfigError, match=rf'{use}_dataloader\.sampler.*DefaultSampler'):
        check_config(tiny)


@pytest.mark.parametrize(
    ('loop', 'sampler'),
    [
        *((dict(by_epoch=False, max_iters=1), sampler) for sampler in ENDLESS),
        *((loop, 'DefaultSampler') for loop in BY_EPOCH),
        (dict(type='IterBasedTrainLoop', max_iters=1), 'DefaultSampler'),
        (BY_EPOCH[0], 'NoSuchSampler'),
    ],
)
def test_pairs_that_end(tiny, loop, sampler):
    """An unknown name is explained where it is built."""
    tiny.train_cfg = loop
    tiny.train_dataloader.sampler = dict(type=sampler)
    check_config(tiny)
