"""Photometric corruptions: what they do to an image, always alike, and no pixel moved."""

import cv2
import numpy as np
import pytest

from mmseg_ext.common.errors import ConfigError, PipelineError
from mmseg_ext.data.transforms.corrupt import CORRUPTIONS, Corrupt


def street(name='a.png'):
    """A grey gradient with a red square."""
    image = np.repeat(np.linspace(60, 180, 64).astype(np.uint8)[None, :, None], 48, 0)
    image = np.repeat(image, 3, 2)
    image[10:30, 20:40] = (40, 40, 200)
    return dict(img=image, img_path=f'/somewhere/{name}', gt_seg_map=np.zeros((48, 64), np.uint8))


def corrupted(kind, severity, name='a.png', **options):
    return Corrupt(kind, severity, **options)(street(name))['img']


@pytest.mark.parametrize('kind', CORRUPTIONS)
def test_the_same_image_is_always_corrupted_alike(kind):
    first = Corrupt(kind, 3)
    images = [first(street())['img'], first(street('b.png'))['img'], first(street())['img']]
    np.testing.assert_array_equal(images[0], images[2])
    np.testing.assert_array_equal(images[0], corrupted(kind, 3))
    drawn = kind in ('fog', 'noise')
    assert drawn == (not np.array_equal(images[0], images[1]))
    assert drawn == (not np.array_equal(images[0], corrupted(kind, 3, seed=1)))


@pytest.mark.parametrize('kind', CORRUPTIONS)
def test_more_severe_is_farther_from_the_image(kind):
    clean = cv2.resize(street()['img'], None, fx=5, fy=5)
    distances = []
    for severity in range(1, 6):
        image = Corrupt(kind, severity)(dict(img=clean.copy(), img_path='a.png'))['img']
        distances.append(np.abs(image.astype(float) - clean).mean())
    assert distances[0] > 0 and distances == sorted(distances)


def test_contrast_draws_in_about_the_mean():
    clean, image = street()['img'].astype(float), corrupted('contrast', 3).astype(float)
    grey = cv2.cvtColor(street()['img'], cv2.COLOR_BGR2GRAY).mean()
    np.testing.assert_allclose(image, 0.45 * clean + 0.55 * grey, atol=1.5)


def test_brightness_multiplies():
    clean = street()['img'].astype(float)
    np.testing.assert_allclose(corrupted('brightness', 1), (1.2 * clean).clip(max=255), atol=1)


def test_without_saturation_the_channels_are_equal():
    image = corrupted('saturation', 5)
    assert np.ptp(image, axis=2).max() <= 1
    grey = cv2.cvtColor(street()['img'], cv2.COLOR_BGR2GRAY)
    np.testing.assert_allclose(image[..., 0], grey, atol=1.5)


def test_noise_has_its_deviation():
    flat = dict(img=np.full((200, 200, 3), 128, np.uint8), img_path='a.png')
    assert Corrupt('noise', 2)(flat)['img'].std() == pytest.approx(0.06 * 255, rel=0.05)


@pytest.mark.parametrize('kind', ['contrast', 'brightness', 'saturation', 'blur', 'noise'])
def test_edges_stay_where_they_are(kind):
    image = corrupted(kind, 1).astype(float)
    red = image[..., 2] - image[..., 0]
    rows, columns = np.nonzero(red > red.max() / 2)
    assert abs(rows.mean() - 19.5) < 0.5 and abs(columns.mean() - 29.5) < 0.5


def test_nothing_but_the_image_changes():
    sample = street()
    before = {key: value for key, value in sample.items() if key != 'img'}
    after = Corrupt('fog', 5)(sample)
    assert after['img'].dtype == np.uint8 and after['img'].shape == (48, 64, 3)
    assert all(after[key] is value for key, value in before.items())


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (('contrasts', 3), "no corruption 'contrasts', did you mean contrast"),
        (('rain', 3), "no corruption 'rain'.*there are contrast, "),
        (('blur', 0), 'severity=0, give 1 to 5'),
        (('blur', 6), 'severity=6, give 1 to 5'),
    ],
)
def test_mistakes(arguments, message):
    with pytest.raises(ConfigError, match=message):
        Corrupt(*arguments)


def test_an_image_of_fractions_is_refused():
    sample = street() | dict(img=np.zeros((4, 4, 3), np.float32))
    with pytest.raises(PipelineError, match='right behind LoadImageFromFile'):
        Corrupt('blur')(sample)
