"""Frames that are trained and validated on end a training before it begins."""

import os

import pytest

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.training.training import train


def test_one_split_for_both(validated):
    validated.val_dataloader.dataset.split = 'train'
    with pytest.raises(
        ConfigError, match='4 of 4 validation images are training images too: '
    ) as e:
        train(validated)
    assert 'train_00000.png' in str(e.value) and '--allow-overlap' in str(e.value)


def test_an_overfit_that_is_meant(validated):
    validated.val_dataloader.dataset.split = 'train'
    validated.allow_overlap = True
    train(validated)


def test_parts_of_one_split(validated):
    validated.train_cfg.max_iters = 1
    validated.val_dataloader.dataset.update(split='train', indices=-2)
    validated.train_dataloader.dataset.indices = 2
    train(validated)
    validated.train_dataloader.dataset.indices = [0, 3]
    with pytest.raises(ConfigError, match='1 of 2 validation images are training'):
        train(validated)


def test_a_link_inside_of_a_wrapper(validated, tmp_path):
    images = tmp_path / 'camvid/images'
    (images / 'val/val_00001.png').unlink()
    os.symlink(images / 'train/train_00002.png', images / 'val/val_00001.png')
    loader = validated.train_dataloader
    loader.dataset = dict(
        type='GuardedDataset',
        dataset=dict(type='RepeatDataset', times=2, dataset=loader.dataset),
    )
    with pytest.raises(ConfigError, match='1 of 4 validation images are .*val_00001'):
        train(validated)
