import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmseg.registry import MODELS

import mmseg_ext  # noqa: F401
from mmseg_ext.benchmark.synthetic import crop_of, set_crop, synthetic_batch
from mmseg_ext.common.errors import ConfigError


def config(*transforms: dict) -> Config:
    pipeline = [dict(type='LoadImageFromFile'), dict(type='LoadCheckedLabels'), *transforms]
    return Config(
        dict(
            model=dict(
                data_preprocessor=dict(size=(32, 48)),
                decode_head=[dict(num_classes=3), dict(num_classes=5)],
            ),
            train_dataloader=dict(dataset=dict(pipeline=[*pipeline, dict(type='PackSegInputs')])),
        )
    )


def test_batch_is_what_a_data_loader_gives():
    batch = synthetic_batch(config(dict(type='RandomFlip', prob=0.5)), batch_size=3)
    assert [image.shape for image in batch['inputs']] == [(3, 32, 48)] * 3
    assert batch['inputs'][0].dtype == torch.uint8
    labels = torch.stack([sample.gt_sem_seg.data for sample in batch['data_samples']])
    assert labels.shape == (3, 1, 32, 48)
    assert set(labels.unique().tolist()) <= {0, 1, 2, 3, 4, 255}
    assert len(labels.unique()) > 3


def test_what_takes_objects_of_other_frames_is_left_out():
    swap = dict(type='SwapInstances', classes=('car', 'person'), prob=1.0)
    paste = dict(type='PasteRareInstances', shares=[50.0, 49.0, 1.0], prob=1.0)
    plain = synthetic_batch(config(), batch_size=1, seed=2)
    batch = synthetic_batch(config(swap, paste), batch_size=1, seed=2)
    assert torch.equal(batch['inputs'][0], plain['inputs'][0])


def test_same_seed_same_batch_and_the_global_generator_is_left_alone():
    setting = config(dict(type='RandomFlip', prob=0.5))
    np.random.seed(7)  # noqa: NPY002
    first = synthetic_batch(setting, 2, seed=1)
    drawn = np.random.random()  # noqa: NPY002
    second = synthetic_batch(setting, 2, seed=1)
    other = synthetic_batch(setting, 2, seed=2)
    np.random.seed(7)  # noqa: NPY002
    assert np.random.random() == drawn  # noqa: NPY002
    assert torch.equal(first['inputs'][1], second['inputs'][1])
    assert not torch.equal(first['inputs'][1], other['inputs'][1])


def test_crop_is_set_wherever_the_config_has_it():
    setting = config(dict(type='RandomCrop', crop_size=(32, 48)))
    set_crop(setting, (20, 30))
    assert crop_of(setting) == (20, 30)
    assert synthetic_batch(setting, 1)['inputs'][0].shape == (3, 20, 30)


def test_a_preprocessor_without_a_size_needs_a_crop():
    setting = config(dict(type='RandomCrop', crop_size=(32, 48)))
    setting.model.data_preprocessor = dict(type='SegDataPreProcessor', size_divisor=32)
    with pytest.raises(ConfigError, match='has no size of the crops; give one with --crop'):
        crop_of(setting)
    set_crop(setting, (20, 30))
    assert crop_of(setting) == (20, 30)
    batch = synthetic_batch(setting, 1)
    preprocessor = MODELS.build(setting.model.data_preprocessor)
    assert preprocessor(batch, training=True)['inputs'].shape == (1, 3, 20, 30)


def test_a_resizing_to_less_than_the_crop_leaves_the_images_alike():
    resize = dict(type='RandomResize', scale=(48, 32), ratio_range=(0.5, 2.0), keep_ratio=True)
    setting = config(resize, dict(type='RandomCrop', crop_size=(32, 48)))
    assert {image.shape for image in synthetic_batch(setting, 8)['inputs']} == {(3, 32, 48)}


def test_a_guarded_data_set():
    plain = config(dict(type='RandomCrop', crop_size=(32, 48)))
    guarded = config(dict(type='RandomCrop', crop_size=(32, 48)))
    dataset = guarded.train_dataloader.dataset
    guarded.train_dataloader.dataset = dict(type='GuardedDataset', dataset=dataset)
    for each in (plain, guarded):
        set_crop(each, (16, 32))
    first, second = (synthetic_batch(each, 1)['inputs'][0] for each in (plain, guarded))
    assert first.shape == (3, 16, 32) and torch.equal(first, second)
