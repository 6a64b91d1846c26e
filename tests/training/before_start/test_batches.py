"""A training that would make no step, or leave frames out of its validation."""

import pytest
from mmengine.config import Config

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.training.training import train

EPOCHS = dict(type='EpochBasedTrainLoop', max_epochs=1)
FINITE = dict(type='DefaultSampler', shuffle=True)
INFINITE = dict(type='InfiniteSampler', shuffle=True)


def of_epochs(tiny: Config) -> Config:
    """Train for epochs of the four frames."""
    tiny.train_cfg = EPOCHS
    tiny.train_dataloader.sampler = FINITE
    tiny.param_scheduler = None
    tiny.default_hooks.logger = dict(type='LoggerHook', log_metric_by_epoch=True)
    return tiny


@pytest.mark.parametrize('loop', ['epochs', 'iterations'])
def test_no_batch_of_a_finite_sampler(tiny, loop):
    if loop == 'epochs':
        of_epochs(tiny)
    tiny.train_dataloader.update(sampler=FINITE, batch_size=5, drop_last=True)
    with pytest.raises(
        ConfigError,
        match=r'train_dataloader: 4 sample\(s\) for this process are less than batch_size=5, and '
        'drop_last=True leaves them out',
    ):
        train(tiny)


@pytest.mark.parametrize('sampler', [INFINITE, dict(type='SeededInfiniteSampler')])
def test_an_infinite_sampler_fills_every_batch(tiny, sampler):
    tiny.train_cfg.max_iters = 1
    tiny.train_dataloader.update(sampler=sampler, batch_size=5, drop_last=True)
    train(tiny)


def without_files(dataset: Config) -> dict:
    """Take frames that are not there."""
    return dict(
        type='BaseSegDataset',
        data_root=dataset.data_root,
        data_prefix=dict(img_path='images/train', seg_map_path='annotations/train'),
        img_suffix='.bmp',
        metainfo=dict(classes=('Sky', 'Building')),
        serialize_data=False,
        pipeline=dataset.pipeline,
    )


@pytest.mark.parametrize('sampler', [INFINITE, FINITE])
def test_no_samples(tiny, sampler):
    tiny.train_dataloader.sampler = sampler
    tiny.train_dataloader.dataset = without_files(tiny.train_dataloader.dataset)
    with pytest.raises(ConfigError, match='train_dataloader: its BaseSegDataset has no samples'):
        train(tiny)


def test_no_samples_to_draw_from(tiny):
    tiny.train_dataloader.dataset = dict(
        type='GuardedDataset', dataset=without_files(tiny.train_dataloader.dataset)
    )
    with pytest.raises(ConfigError, match='GuardedDataset has no samples to draw from'):
        train(tiny)


@pytest.mark.parametrize('indices', [0, []])
def test_no_indices(tiny, indices):
    tiny.train_dataloader.dataset.indices = indices
    with pytest.raises(ConfigError, match='CamVidDataset: indices=.* leaves no sample'):
        train(tiny)


def test_a_validation_that_leaves_frames_out(validated):
    validated.val_dataloader.update(batch_size=3, drop_last=True)
    with pytest.raises(ConfigError, match=r'val_dataloader.drop_last=True leaves 1 of 4 frames'):
        train(validated)
