"""What the training does about bad samples; tests/data/reading/test_guard.py finds them."""

import math
from fractions import Fraction
from pathlib import Path

import cv2
import pytest
import torch
from mmengine.model import BaseModel
from mmseg.registry import MODELS

from mmseg_ext.common.errors import DataError
from mmseg_ext.training.hooks.bad_samples import _allowed
from mmseg_ext.training.runner import build_runner


@pytest.fixture
def broken(tiny) -> Path:
    """A label file of the training set with three pixels of id 77."""
    path = Path(tiny.data_root) / 'annotations' / 'train' / 'train_00001.png'
    array = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    array[0, :3] = 77
    cv2.imwrite(str(path), array)
    return path


def skip(config, share: float):
    config.train_dataloader.dataset.update(on_bad_sample='skip', max_bad_share=share)
    return config


def log_of(config) -> str:
    return ''.join(path.read_text() for path in Path(config.work_dir).glob('*/*.log'))


def test_skips_are_counted_logged_and_listed(tiny, broken):
    config = skip(tiny, 0.25)
    runner = build_runner(config)
    runner.train()
    # Eight draws of four samples: the bad one was drawn twice.
    ((fault, number),) = runner.message_hub.get_info('bad_samples').items()
    assert f'{broken}: id 77 (3 pixels) found' in fault and number == 2
    log = log_of(config)
    assert log.count(f'bad sample skipped: {broken}: id 77') == 2
    assert 'bad samples: 1, skipped 2 times in all:' in log
    assert f'{broken}: id 77 (3 pixels) found; valid ids are 0-11 (skipped 2 times)' in log


def test_counts_travel_in_checkpoints(tiny, broken):
    config = skip(tiny, 0.25)
    whole = build_runner(config)
    whole.train()
    config.load_from, config.resume = f'{config.work_dir}/iter_3.pth', True
    resumed = build_runner(config)
    resumed.train()
    assert resumed.message_hub.get_info('bad_samples') == whole.message_hub.get_info('bad_samples')


def test_too_many(tiny, broken):
    with pytest.raises(
        DataError,
        match=r'1 of 4 samples are bad, and max_bad_share=0\.2 allows 0\. bad samples: 1, '
        r'skipped 1 times in all:\n  .*train_00001\.png: id 77',
    ):
        build_runner(skip(tiny, 0.2)).train()


@MODELS.register_module()
class Headless(BaseModel):
    """A model that is built in another way than mmseg's."""

    def __init__(self, data_preprocessor) -> None:
        super().__init__(data_preprocessor)
        self.weight = torch.nn.Parameter(torch.zeros(()))

    def forward(self, inputs, data_samples=None, mode='tensor'):
        return dict(loss=self.weight**2)


def of_others(config):
    """mmseg's own data set and loading, as in a user's config."""
    dataset = config.train_dataloader.dataset
    pipeline = [dict(type='LoadAnnotations') if 'Labels' in t.type else t for t in dataset.pipeline]
    config.train_dataloader.sampler.type = 'InfiniteSampler'
    config.train_dataloader.dataset = dict(
        type='BaseSegDataset',
        data_root=dataset.data_root,
        img_suffix='.png',
        data_prefix=dict(img_path='images/train', seg_map_path='annotations/train'),
        metainfo=dict(classes=tuple('abcdefghijk')),
        pipeline=pipeline,
    )
    return config


def test_labels_of_other_data_sets_are_checked_before_a_loss(tiny, broken):
    with pytest.raises(DataError, match=r'train_0000\d\.png: id 11 \(\d+ pixels\).* are 0-10'):
        build_runner(of_others(tiny)).train()


def test_a_model_without_a_decode_head(tiny, broken):
    config = of_others(tiny)
    config.model = dict(type='Headless', data_preprocessor=config.model.data_preprocessor)
    with pytest.raises(DataError, match=r'train_0000\d\.png: id 11 \(\d+ pixels\).* are 0-10'):
        build_runner(config).train()


@pytest.mark.parametrize(('share', 'size'), [(0.29, 100), (0.28, 100), (0.01, 99), (1.0, 3)])
def test_the_share_is_that_of_its_decimals(share, size):
    assert _allowed(share, size) == math.floor(Fraction(str(share)) * size)


def test_a_head_with_fewer_classes_than_the_data(tiny):
    for head in (tiny.model.decode_head, tiny.model.auxiliary_head):
        head.num_classes = 10
    with pytest.raises(DataError, match=r'train_0000\d\.png: id 10 \(\d+ pixels\).* are 0-9'):
        build_runner(tiny).train()
