"""Objects taken out of drawn images."""

import numpy as np
import pytest

from mmseg_ext.data.transforms.cutouts import Cutout
from mmseg_ext.data.transforms.inpainting import remove_object


@pytest.mark.parametrize('size', [3, 30, 130])
def test_on_one_colour_the_object_and_a_rim_get_it(size):
    image = np.full((200, 220, 3), (10, 90, 170), np.uint8)
    image[20 : 20 + size, 40 : 40 + size] = 255
    box, removed = remove_object(image, Cutout(20, 40, np.ones((size, size), bool)))
    assert (image == (10, 90, 170)).all()
    place = np.zeros((200, 220), bool)
    place[box] = removed
    expected = np.zeros((200, 220), bool)
    expected[19 : 21 + size, 39 : 41 + size] = True
    np.testing.assert_array_equal(place, expected)


@pytest.mark.parametrize('size', [9, 90])
def test_nothing_else_changes_and_nothing_of_the_object_is_left(size):
    rng = np.random.default_rng(0)
    image = rng.integers(0, 100, (150, 160, 3), np.uint8)
    yy, xx = np.mgrid[:size, :size] - size // 2
    mask = yy**2 + xx**2 <= (size // 2) ** 2
    cutout = Cutout(30, 25, mask)
    image[30 : 30 + size, 25 : 25 + size][mask] = 255
    before = image.copy()
    box, removed = remove_object(image, cutout)
    place = np.zeros(image.shape[:2], bool)
    place[box] = removed
    np.testing.assert_array_equal(image[~place], before[~place])
    assert image.max() < 100


def test_at_the_corner_of_the_frame():
    image = np.full((12, 12, 3), 40, np.uint8)
    image[:2, :2] = 200
    box, removed = remove_object(image, Cutout(0, 0, np.ones((2, 2), bool)))
    assert (image == 40).all()
    assert removed[:3, :3].all() and removed.sum() == 9
    assert image[box].shape[:2] == removed.shape
