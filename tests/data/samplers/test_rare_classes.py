"""Rare-class sampling: odds by hand, frequencies, and that it can be taken up anywhere."""

from itertools import islice

import numpy as np
import pytest
from layouts import write_camvid, write_png
from mmengine.dataset import ConcatDataset
from mmengine.logging import MMLogger
from mmseg.datasets import BaseSegDataset
from mmseg.registry import DATA_SAMPLERS, DATASETS

from mmseg_ext.common.errors import ConfigError, DataError
from mmseg_ext.data import GuardedDataset
from mmseg_ext.data.samplers.rare_classes import check_drawn, class_odds, image_odds
from mmseg_ext.data.sets.wrapped import class_pixels
from mmseg_ext.data.toy.writer import draw_toy_streets


def odds(pixels, temperature, min_pixels):
    return image_odds(pixels, class_odds(pixels, temperature), min_pixels)


def test_the_odds_by_hand():
    # Shares 0.9, 0.1 and 0; class 1 is in the last two images, class 2 in none.
    pixels = np.array([[600, 0, 0], [200, 50, 0], [100, 50, 0]])
    rare = 1 / (1 + np.exp(-(0.9 - 0.1) / 0.5))
    expected = [(1 - rare) / 3, (1 - rare) / 3 + rare / 2, (1 - rare) / 3 + rare / 2]
    np.testing.assert_allclose(odds(pixels, 0.5, 10), expected)
    # An image with too few pixels does not show the class.
    pixels[2, 1] = 9
    pixels[0, 0] += 41
    assert odds(pixels, 0.5, 10)[1] > odds(pixels, 0.5, 10)[2]
    # A temperature at which the plain exponentials are all 0.
    np.testing.assert_allclose(odds(pixels, 1e-6, 10), [0, 1, 0])


def test_a_class_that_would_never_be_drawn_is_named_with_its_largest_count():
    pixels = np.array([[600, 499, 0, 30], [200, 40, 0, 7]])
    check_drawn(pixels, 'abcd', 30)
    with pytest.raises(
        ConfigError,
        match=r'no image has min_pixels=500 of b \(at most 499 in one image\), d \(at most 30 .*'
        r'give min_pixels=30 or less',
    ):
        check_drawn(pixels, 'abcd', 500)
    with pytest.raises(ConfigError, match='no image has a labelled pixel'):
        check_drawn(np.zeros((2, 4), int), 'abcd', 1)


def test_the_rarest_class_of_toy_streets_is_not_left_out_in_silence(toy_streets):
    dataset = dict(type='ToyStreetsDataset', data_root=toy_streets, split='train', pipeline=[])
    with pytest.raises(ConfigError, match=r'cyclist \(at most \d+ in one image\)'):
        DATA_SAMPLERS.build(dict(type='RareClassSampler', dataset=DATASETS.build(dataset), seed=0))


@pytest.fixture(scope='module')
def toy_streets(tmp_path_factory):
    root = tmp_path_factory.mktemp('toy') / 'toy_streets'
    draw_toy_streets(root, frames=dict(train=8, val=1, shift=1), workers=1)
    return str(root)


@pytest.fixture
def dataset(tmp_path):
    write_camvid(tmp_path, frames=5, size=(24, 36))
    return DATASETS.build(
        dict(type='CamVidDataset', data_root=str(tmp_path), split='train', pipeline=[])
    )


def sampler(dataset, **arguments):
    return DATA_SAMPLERS.build(
        dict(type='RareClassSampler', dataset=dataset, seed=3, min_pixels=1, **arguments)
    )


def test_pixels_are_those_of_the_label_files(dataset):
    pixels = dataset.class_pixels()
    assert pixels.shape == (5, 11)
    for index, row in enumerate(pixels):
        info = dataset.get_data_info(index)
        labels, _ = info['read_labels'](info['seg_map_path'])
        np.testing.assert_array_equal(row, [(labels == c).sum() for c in range(11)])


def test_images_are_drawn_by_their_odds(dataset):
    rare = sampler(dataset, temperature=0.02)
    drawn = np.bincount([int(d) for d in islice(rare, 20000)], minlength=5) / 20000
    expected = odds(dataset.class_pixels(), 0.02, 1)
    np.testing.assert_allclose(drawn, expected, atol=4 * np.sqrt(0.25 / 20000))


@pytest.mark.parametrize('skipped', [0, 4, 5, 13])
def test_it_can_be_taken_up_anywhere(dataset, skipped):
    whole = [(int(d), d.position) for d in islice(sampler(dataset), 30)]
    again = sampler(dataset)
    again.skip(skipped)
    assert [(int(d), d.position) for d in islice(again, 30 - skipped)] == whole[skipped:]


def test_the_shares_of_the_draws_are_logged(dataset, caplog):
    for index in range(5):
        labels = np.full((24, 36), 3 if index % 2 else 0, np.uint8)
        write_png(dataset.get_data_info(index)['seg_map_path'], labels)
    logger = MMLogger.get_instance('test_rare_classes', log_level='INFO')
    logger.addHandler(caplog.handler)
    sampler(dataset, temperature=0.1)
    logger.removeHandler(caplog.handler)
    # Shares of 0.6 and 0.4: odds of 1 to e^2.
    assert (
        'RareClassSampler draws an image for Road 88.1 %, Sky 11.9 %; nowhere labelled: Building, '
        'Pole, Sidewalk,'
    ) in caplog.text


def wrap(dataset, kind):
    info = dict(
        concat=dict(type='ConcatDataset', datasets=[dataset, dataset]),
        repeat=dict(type='RepeatDataset', dataset=dataset, times=3),
        mixed=dict(type='MultiImageMixDataset', dataset=dict(type='ConcatDataset',
                   datasets=[dataset]), pipeline=[]),
        guarded=dataset,
    )[kind]  # fmt: skip
    return DATASETS.build(dict(type='GuardedDataset', dataset=info))


@pytest.mark.parametrize(
    ('kind', 'times'), [('concat', 2), ('repeat', 3), ('mixed', 1), ('guarded', 1)]
)
def test_wrapped_data_sets_are_drawn_from_as_they_lie(dataset, kind, times):
    wrapped = wrap(dataset, kind)
    pixels = class_pixels(wrapped)
    assert len(pixels) == len(wrapped) == 5 * times
    for row, index in zip(pixels, range(len(wrapped)), strict=True):
        info = wrapped.get_data_info(index)
        labels, _ = info['read_labels'](info['seg_map_path'])
        np.testing.assert_array_equal(row, np.bincount(labels.ravel(), minlength=256)[:11])
    alone = odds(dataset.class_pixels(), 0.01, 1)
    np.testing.assert_allclose(sampler(wrapped).odds, np.tile(alone, times) / times)


def test_what_it_cannot_do_is_refused(dataset, tmp_path):
    with pytest.raises(ConfigError, match='ConcatDataset does not resume exactly: wrap it'):
        sampler(ConcatDataset([dataset]))
    plain = BaseSegDataset(
        data_prefix=dict(img_path=str(tmp_path / 'images/train')),
        img_suffix='.png',
        metainfo=dict(classes=('a',)),
        pipeline=[],
    )
    with pytest.raises(ConfigError, match='not for BaseSegDataset; use sampler'):
        sampler(GuardedDataset(plain))
    with pytest.raises(ConfigError, match=r'joins data sets of \[1, 11\] classes'):
        few = DATASETS.build(
            dict(type='CamVidDataset', data_root=str(tmp_path), split='train', pipeline=[],
                 metainfo=dict(classes=('Road',)))
        )  # fmt: skip
        keys = ['classes', 'palette', 'label_map', 'thing_classes']
        sampler(GuardedDataset(ConcatDataset([dataset, few], ignore_keys=keys)))
    with pytest.raises(ConfigError, match='temperature=0'):
        sampler(dataset, temperature=0)
    label = dataset.get_data_info(2)['seg_map_path']
    with open(label, 'wb'):
        pass
    with pytest.raises(DataError, match='label|annot'):
        sampler(dataset)
