"""Rare-class sampling: odds by hand, frequencies, and that it can be taken up anywhere."""

from itertools import islice

import numpy as np
import pytest
from layouts import write_camvid
from mmseg.registry import DATA_SAMPLERS, DATASETS

from mmseg_ext.data.rare_classes import image_odds
from mmseg_ext.errors import ConfigError, DataError


def test_the_odds_by_hand():
    # Shares 0.9, 0.1 and 0; class 1 is in the last two images, class 2 in none.
    pixels = np.array([[600, 0, 0], [200, 50, 0], [100, 50, 0]])
    rare = 1 / (1 + np.exp(-(0.9 - 0.1) / 0.5))
    expected = [(1 - rare) / 3, (1 - rare) / 3 + rare / 2, (1 - rare) / 3 + rare / 2]
    np.testing.assert_allclose(image_odds(pixels, 0.5, 10), expected)
    # An image with too few pixels does not show the class.
    pixels[2, 1] = 9
    pixels[0, 0] += 41
    assert image_odds(pixels, 0.5, 10)[1] > image_odds(pixels, 0.5, 10)[2]
    # A temperature at which the plain exponentials are all 0.
    np.testing.assert_allclose(image_odds(pixels, 1e-6, 10), [0, 1, 0])
    with pytest.raises(ConfigError, match='min_pixels=10000'):
        image_odds(pixels, 0.5, 10000)


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
    expected = image_odds(dataset.class_pixels(), 0.02, 1)
    np.testing.assert_allclose(drawn, expected, atol=4 * np.sqrt(0.25 / 20000))


@pytest.mark.parametrize('skipped', [0, 4, 5, 13])
def test_it_can_be_taken_up_anywhere(dataset, skipped):
    whole = [(int(d), d.position) for d in islice(sampler(dataset), 30)]
    again = sampler(dataset)
    again.skip(skipped)
    assert [(int(d), d.position) for d in islice(again, 30 - skipped)] == whole[skipped:]


def test_what_it_cannot_do_is_refused(dataset, tmp_path):
    guarded = DATASETS.build(dict(type='GuardedDataset', dataset=dataset))
    with pytest.raises(ConfigError, match='not GuardedDataset'):
        sampler(guarded)
    with pytest.raises(ConfigError, match='temperature=0'):
        sampler(dataset, temperature=0)
    label = dataset.get_data_info(2)['seg_map_path']
    with open(label, 'wb'):
        pass
    with pytest.raises(DataError, match='label|annot'):
        sampler(dataset)
