"""Image, labels and instances through mmseg's own transforms, from files to the end."""

import numpy as np
import pytest
from layouts import write_cityscapes, write_synthia
from mmengine.config import Config
from mmseg.registry import DATASETS, TRANSFORMS

from mmseg_ext.common.seeding import seed_everything
from mmseg_ext.data import SynthiaDataset

SOURCE_THINGS = {10: 11, 17: 12, 8: 13, 18: 14, 19: 15, 20: 16, 12: 17, 11: 18}


@pytest.mark.parametrize(
    'transforms',
    [
        [dict(type='RandomFlip', prob=1.0)],
        [dict(type='Resize', scale=(92, 48), keep_ratio=False)],
        [dict(type='RandomResize', scale=(46, 24), ratio_range=(0.5, 2.0), keep_ratio=True)],
        [dict(type='RandomCrop', crop_size=(10, 17))],
        [
            dict(type='RandomResize', scale=(46, 24), ratio_range=(0.5, 2.0), keep_ratio=True),
            dict(type='RandomCrop', crop_size=(16, 20), cat_max_ratio=0.75),
            dict(type='RandomFlip', prob=0.5),
            dict(type='PhotoMetricDistortion'),
            dict(type='Albumentations', transforms=[dict(type='Affine', rotate=(-30, 30), p=1)]),
        ],
    ],
)
def test_instances_follow_labels(tmp_path, load_instances, transforms):
    write_synthia(tmp_path)
    # Of the random crops, some have no instance in them; not so with this seed.
    seed_everything(1)
    dataset = SynthiaDataset(
        split='train', data_root=str(tmp_path), pipeline=[*load_instances, *transforms]
    )
    train_id = np.zeros(23, np.uint8)
    train_id[list(SOURCE_THINGS)] = list(SOURCE_THINGS.values())
    for index in range(len(dataset)):
        results = dataset[index]
        labels, instances = results['gt_seg_map'], results['gt_instance_map']
        assert instances.dtype == np.int32
        assert labels.shape == instances.shape == results['img'].shape[:2]
        # A SYNTHIA instance id carries the class, so that both maps can be compared.
        thing = np.isin(labels, list(SOURCE_THINGS.values()))
        assert thing.any()
        np.testing.assert_array_equal(instances > 0, thing)
        np.testing.assert_array_equal(train_id[instances[thing] >> 16], labels[thing])


def test_weather_is_added_in_one_line(tmp_path, repository):
    """As the comment in the base says, on a data set with instances."""
    write_cityscapes(tmp_path / 'cityscapes', size=(64, 84))
    base = repository / 'configs' / '_base_'
    (tmp_path / 'config.py').write_text(f"""
_base_ = ['{base}/datasets/cityscapes.py', '{base}/augment/weather.py']
train_dataloader = dict(dataset=dict(
    pipeline=_base_.train_pipeline[:-1] + _base_.weather + _base_.train_pipeline[-1:]))
""")
    config = Config.fromfile(tmp_path / 'config.py')
    config.train_dataloader.dataset.data_root = str(tmp_path / 'cityscapes')
    dataset = DATASETS.build(config.train_dataloader.dataset)
    names = [type(transform).__name__ for transform in dataset.pipeline.transforms]
    assert names[-3:] == ['PhotoMetricDistortion', 'Albumentations', 'PackSegInputs']
    assert dataset[0]['inputs'].shape[0] == 3


def test_every_transform_of_the_weather_base(repository):
    config = Config.fromfile(repository / 'configs' / '_base_' / 'augment' / 'weather.py')
    image = np.random.default_rng(0).integers(0, 255, (240, 320, 3)).astype(np.uint8)
    labels = np.random.default_rng(1).integers(0, 12, (240, 320)).astype(np.uint8)
    for entry in config.weather[0].transforms:
        for transform in entry.get('transforms', [entry]):
            single = TRANSFORMS.build(
                dict(type='Albumentations', transforms=[dict(transform, p=1.0)])
            )
            results = single(dict(img=image, gt_seg_map=labels, seg_fields=['gt_seg_map']))
            assert results['img'].dtype == np.uint8 and results['img'].shape == image.shape
            assert (results['img'] != image).any(), transform
            np.testing.assert_array_equal(results['gt_seg_map'], labels)
