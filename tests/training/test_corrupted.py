"""`test --corrupt`: where the corruption stands in the pipelines of a test."""

import pytest
from mmengine.config import Config

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.training.corrupted import corrupt_test_images


def config(*types):
    pipeline = [dict(type=name) for name in types]
    return Config(dict(test_dataloader=dict(dataset=dict(type='CamVidDataset', pipeline=pipeline))))


def test_it_stands_behind_the_loading_of_the_image():
    found = config('LoadImageFromFile', 'Resize', 'LoadCheckedLabels')
    corrupt_test_images(found, 'noise:5')
    pipeline = found.test_dataloader.dataset.pipeline
    names = ['LoadImageFromFile', 'Corrupt', 'Resize', 'LoadCheckedLabels']
    assert [transform['type'] for transform in pipeline] == names
    assert dict(pipeline[1]) == dict(type='Corrupt', kind='noise', severity=5)


def test_every_wrapped_data_set_is_corrupted():
    inner = config('LoadImageFromFile').test_dataloader.dataset
    found = Config(dict(test_dataloader=dict(dataset=dict(type='C', datasets=[inner, inner]))))
    corrupt_test_images(found, 'fog')
    for dataset in found.test_dataloader.dataset.datasets:
        assert dataset.pipeline[1] == dict(type='Corrupt', kind='fog', severity=3)
        assert len(dataset.pipeline) == 2


@pytest.mark.parametrize(
    ('corruption', 'message'),
    [
        ('noise:much', '--corrupt noise:much: give KIND or KIND:SEVERITY'),
        ('noise:6', 'severity=6, give 1 to 5'),
        ('snow', "no corruption 'snow'"),
    ],
)
def test_mistakes(corruption, message):
    with pytest.raises(ConfigError, match=message):
        corrupt_test_images(config('LoadImageFromFile'), corruption)


def test_a_pipeline_that_reads_otherwise():
    with pytest.raises(ConfigError, match='begins with LoadImageFromFile; it has LoadOther, Resi'):
        corrupt_test_images(config('LoadOther', 'Resize'), 'blur')
    with pytest.raises(ConfigError, match='whose data set has a pipeline'):
        corrupt_test_images(Config(dict(test_dataloader=None)), 'blur')
