"""What is ignored is one label, in data, padding, heads, targets and metrics."""

import cv2
import numpy as np
import pytest
from mmengine.config import ConfigDict

IGNORED = dict(
    type='BaseSegDataset',
    metainfo=dict(classes=tuple('abcdefghijk'), palette=[[i, 0, 0] for i in range(11)]),
    img_suffix='.png',
    ignore_index=254,
)


@pytest.fixture
def ignoring_254(validated):
    """Everything ignores 254."""
    for use in ('train', 'val'):
        loader = validated[f'{use}_dataloader']
        pipeline = loader.dataset.pipeline
        pipeline[1] = dict(type='LoadAnnotations')
        folders = dict(img_path=f'images/{use}', seg_map_path=f'annotations/{use}')
        root = loader.dataset.data_root
        loader.dataset = ConfigDict(IGNORED, data_root=root, data_prefix=folders, pipeline=pipeline)
    validated.train_dataloader.sampler = dict(type='InfiniteSampler')
    validated.train_dataloader.dataset.pipeline[2].ignore_index = 254
    validated.model.data_preprocessor.seg_pad_val = 254
    validated.model.decode_head.ignore_index = 254
    validated.model.auxiliary_head.ignore_index = 254
    validated.val_evaluator.ignore_index = 254
    return validated


def place_of(message: str) -> str:
    kind, place, _ = message.split(' ', 2)
    assert kind == 'ConfigError:'
    assert 'pixels are ignored by one label everywhere, set' in message
    return place.rstrip(',')


def test_one_label_other_than_255(ignoring_254, fault, tmp_path):
    # The frames have 11 for what is ignored.
    assert 'valid ids are 0-10 and 254 (ignored)' in fault(ignoring_254)
    for file in (tmp_path / 'camvid' / 'annotations').rglob('*.png'):
        labels = cv2.imread(str(file), cv2.IMREAD_UNCHANGED)
        cv2.imwrite(str(file), np.where(labels > 10, 254, labels))
    assert fault(ignoring_254) is None


@pytest.mark.parametrize(
    ('option', 'place'),
    [
        ('model.data_preprocessor.seg_pad_val', None),
        ('model.decode_head.ignore_index', None),
        ('model.auxiliary_head.ignore_index', None),
        (
            'train_dataloader.dataset.pipeline.2.ignore_index',
            'train_dataloader.dataset.pipeline[2]',
        ),
        ('val_dataloader.dataset.ignore_index', None),
        ('val_evaluator.ignore_index', None),
    ],
)
def test_one_that_differs_is_named(ignoring_254, fault, option, place):
    ignoring_254.merge_from_dict({option: 255})
    named = option if place is None else f'{place}.ignore_index'
    message = fault(ignoring_254)
    assert place_of(message) == f'{named}=255'
    assert 'train_dataloader.dataset.ignore_index=254' in message


@pytest.mark.parametrize(
    ('transform', 'name'),
    [
        (dict(type='RandomRotate', prob=1.0, degree=5), 'seg_pad_val'),
        (dict(type='Pad', size=(64, 64)), "pad_val['seg']"),
        (dict(type='Albumentations', transforms=[]), 'ignore_index'),
        pytest.param(
            dict(type='GenerateBoundaryTargets', contour=False, distance=None),
            'ignore_index',
            marks=pytest.mark.methods('boundary'),
        ),
    ],
)
def test_transforms_that_fill_or_ignore(ignoring_254, fault, transform, name):
    ignoring_254.train_dataloader.dataset.pipeline.insert(3, transform)
    place = f'train_dataloader.dataset.pipeline[3].{name}=255'
    assert place_of(fault(ignoring_254)) == place


def test_a_data_set_inside_of_another(ignoring_254, fault):
    inner = ignoring_254.train_dataloader.dataset
    inner.ignore_index = 253
    ignoring_254.train_dataloader.dataset = dict(
        type='GuardedDataset', dataset=inner, ignore_index=254
    )
    assert place_of(fault(ignoring_254)) == 'train_dataloader.dataset.dataset.ignore_index=253'


def test_padding_with_a_class(validated, fault):
    validated.model.data_preprocessor.seg_pad_val = 0
    assert place_of(fault(validated)) == 'model.data_preprocessor.seg_pad_val=0'
