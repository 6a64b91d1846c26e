"""What cannot be compared is refused, and the difference is named."""

from dataclasses import replace

import numpy as np
import pytest
from drawn import draw_evaluation

from mmseg_ext.common.errors import ConfigError, DataError
from mmseg_ext.evaluation.comparison import Method, compare

BASE = draw_evaluation(metadata={'data': {'dataset': 'Streets', 'split': 'val'}})
OTHER = draw_evaluation(seed=1, metadata={'data': {'dataset': 'Streets', 'split': 'shift'}})


def refusal(other, base=BASE):
    with pytest.raises(DataError) as error:
        compare(Method('plain', (base,)), [Method('ours', (other,))])
    return str(error.value)


def test_other_classes():
    assert refusal(replace(OTHER, classes=('road', 'car', 'bike'), tail=None)) == (
        'other classes: plain has cyclist, which ours lacks'
    )
    wider = replace(
        OTHER,
        classes=('road', 'car', 'cyclist', 'sky'),
        matrices=np.pad(OTHER.matrices, ((0, 0), (0, 1), (0, 1))),
    )
    assert refusal(wider) == 'other classes: ours has sky, which plain lacks'
    assert 'in another order' in refusal(replace(OTHER, classes=('car', 'road', 'cyclist')))


def test_other_images():
    fewer = replace(OTHER, images=OTHER.images[:-5], matrices=OTHER.matrices[:-5])
    assert refusal(fewer) == (
        'other images: plain was evaluated on 025.png, 026.png, 027.png and 2 more, ours was not '
        '(plain: 30 images of Streets val, ours: 25 of Streets shift)'
    )
    assert 'other images: ours was evaluated on 025.png' in refusal(BASE, base=fewer)


def test_other_labels_under_the_same_names():
    matrices = OTHER.matrices.copy()
    matrices[7, 1, 1] += 3
    pixels = BASE.matrices[7, 1].sum()
    assert refusal(replace(OTHER, matrices=matrices)) == (
        f'other labels: in 007.png, car has {pixels} labelled pixels in plain (Streets val) and '
        f'{pixels + 3} in ours (Streets shift); compare evaluations of the same data at the same '
        'size'
    )


def test_an_image_twice_and_one_image_only():
    assert 'evaluated twice' in refusal(replace(OTHER, images=(*OTHER.images[:-1], '000.png')))
    one = dict(images=BASE.images[:1], matrices=BASE.matrices[:1])
    assert 'two images or more' in refusal(
        replace(OTHER, images=OTHER.images[:1], matrices=OTHER.matrices[:1]), replace(BASE, **one)
    )


def test_a_run_twice_would_hide_the_spread_between_seeds():
    with pytest.raises(DataError, match='ours: two of its runs have the same predictions'):
        compare(Method('plain', (BASE,)), [Method('ours', (OTHER, replace(OTHER)))])


@pytest.mark.parametrize('names', [('plain', 'plain'), ('plain', 'ours', 'ours')])
def test_methods_of_one_name(names):
    baseline, *methods = [
        Method(name, (draw_evaluation(seed=seed),)) for seed, name in enumerate(names)
    ]
    with pytest.raises(ConfigError, match=f"two methods are called '{names[-1]}'.* NAME=RUN"):
        compare(baseline, methods)


def test_images_are_paired_by_name():
    """The order of the images is that of the sampler; it does not change a comparison."""
    order = np.random.default_rng(0).permutation(30)
    shuffled = replace(
        OTHER, images=tuple(OTHER.images[i] for i in order), matrices=OTHER.matrices[order]
    )
    (expected,) = compare(Method('plain', (BASE,)), [Method('ours', (OTHER,))])
    (found,) = compare(Method('plain', (BASE,)), [Method('ours', (shuffled,))])
    for ours, theirs in zip(found.classes, expected.classes, strict=True):
        np.testing.assert_allclose(ours.interval, theirs.interval)
        assert ours.p_value == pytest.approx(theirs.p_value)
