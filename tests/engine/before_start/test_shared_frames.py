"""Frames that are trained and validated on end a training before it begins."""

import os

import pytest

from mmseg_ext.engine.training import train
from mmseg_ext.errors import ConfigError


def test_one_split_for_both(tiny_with_val):
    tiny_with_val.val_dataloader.dataset.split = 'train'
    with pytest.raises(
        ConfigError, match='4 of 4 validation images are training images too: '
    ) as e:
        train(tiny_with_val)
    assert 'train_00000.png' in str(e.value) and '--allow-overlap' in str(e.value)


def test_an_overfit_that_is_meant(tiny_with_val):
    tiny_with_val.val_dataloader.dataset.split = 'train'
    tiny_with_val.allow_overlap = True
    train(tiny_with_val)


def test_parts_of_one_split(tiny_with_val):
    tiny_with_val.train_cfg.max_iters = 1
    tiny_with_val.val_dataloader.dataset.update(split='train', indices=-2)
    tiny_with_val.train_dataloader.dataset.indices = 2
    train(tiny_with_val)
    tiny_with_val.train_dataloader.dataset.indices = [0, 3]
    with pytest.raises(ConfigError, match='1 of 2 validation images are training'):
        train(tiny_with_val)


def test_a_link_inside_of_a_wrapper(tiny_with_val, tmp_path):
    images = tmp_path / 'camvid/images'
    (images / 'val/val_00001.png').unlink()
    os.symlink(images / 'train/train_00002.png', images / 'val/val_00001.png')
    loader = tiny_with_val.train_dataloader
    loader.dataset = dict(
        type='GuardedDataset',
        dataset=dict(type='RepeatDataset', times=2, dataset=loader.dataset),
    )
    with pytest.raises(ConfigError, match='1 of 4 validation images are .*val_00001'):
        train(tiny_with_val)
