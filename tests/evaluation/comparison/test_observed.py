"""Classes that few units show, and means that hold them."""

import numpy as np
import pytest
from drawn import draw_evaluation
from simulated import LONG_TAILS, long_tail_rates

from mmseg_ext.evaluation import Evaluation, Tail
from mmseg_ext.evaluation.comparison import Method, compare
from mmseg_ext.evaluation.comparison.observed import (
    effective_units,
    units_of_mean,
    well_observed,
)
from mmseg_ext.reports.comparison.tables import comparison_csv, comparison_table
from mmseg_ext.reports.comparison.words import findings, how_to_read


def test_effective_units():
    pixels = np.array([[10, 7, 30, 0], [10, 0, 10, 0], [10, 0, 0, 0]])
    np.testing.assert_allclose(effective_units(pixels), [3, 1, 1.6, np.nan])


@pytest.mark.parametrize(
    ('units', 'known'),
    [
        ([9.0, 8.0, 4.6, 4.4], [True, True, True, False]),
        ([200.0, 21.0, 19.0, 1.0], [True, True, False, False]),
        ([1.0, 2.0], [False, True]),
        ([1.0, 1.0], [True, True]),
        ([], []),
    ],
)
def test_well_observed(units, known):
    np.testing.assert_array_equal(well_observed(np.array(units)), known)


def test_the_units_of_a_mean():
    assert units_of_mean(np.array([7.0]), np.array([0.1])) == pytest.approx(7)
    assert units_of_mean(np.array([5.0, 5.0]), np.array([0.1, 0.3])) == pytest.approx(5)
    assert units_of_mean(np.array([5.0, 50.0]), np.array([0.0, 0.3])) == pytest.approx(50)
    # Half of the noise from either: 1 / sqrt(n - 1) = (1/2 + 1/8) / 2.
    mixed = units_of_mean(np.array([5.0, 65.0]), np.array([0.2, 0.2]))
    assert mixed == pytest.approx(1 + (2 / (1 / 2 + 1 / 8)) ** 2)
    assert units_of_mean(np.array([5.0, 65.0]), np.zeros(2)) == pytest.approx(mixed)
    assert units_of_mean(np.array([1.0, 65.0]), np.zeros(2)) == 1
    assert np.isnan(units_of_mean(np.array([]), np.array([])))


def with_a_rare_class(seed, gain, images=30):
    """Road, car and cyclist, whom each image shows, and a train in a single image."""
    evaluation = draw_evaluation((0.9 + gain, 0.8 + gain, 0.5 + gain), seed, images)
    matrices = np.pad(evaluation.matrices, ((0, 0), (0, 1), (0, 1)))
    matrices[3, 3, 3], matrices[3, 3, 0] = 40 + 10 * seed, 60 - 10 * seed
    return Evaluation(
        (*evaluation.classes, 'train'), evaluation.images, matrices,
        tail=Tail(('cyclist', 'train'), 'named'),
    )  # fmt: skip


@pytest.fixture(scope='module')
def comparison():
    sides = [Method('plain', (with_a_rare_class(0, 0.0),)), Method('ours',
             (with_a_rare_class(1, 0.08),))]  # fmt: skip
    return compare(sides[0], sides[1:])[0]


def test_a_gain_is_found_beside_a_class_of_one_image(comparison):
    for mean, kept in zip(comparison.means, ((0, 1, 2), (2,)), strict=True):
        changes = [comparison.classes[c].change for c in kept]
        assert mean.left_out == ('train',)
        assert mean.tested.change == pytest.approx(np.mean(changes))
        assert mean.tested.p_value == mean.p_value < 0.001 and mean.beyond_noise
        assert mean.tested.units > 20
        low, high = mean.tested.interval
        assert low < mean.tested.change < high
    assert [mean.name for mean in comparison.means] == ['mIoU', 'tail mIoU']
    assert comparison.means[0].change == pytest.approx(
        np.mean([row.change for row in comparison.classes])
    )
    assert comparison.classes[3].p_value == 1


def test_the_mean_over_all_and_the_tested_one_are_side_by_side(comparison):
    rows = comparison_table(comparison).rows
    assert [row[0] for row in rows[4:]] == [
        'mIoU', 'mIoU (3 of 4)', 'tail mIoU', 'tail mIoU (1 of 2)',
    ]  # fmt: skip
    assert [row[-2:] for row in rows[4:6]] == [['-', '-'], ['< 0.001', 'yes']]
    csv = comparison_csv([comparison]).splitlines()
    assert csv[5].endswith(',1,1,') and ',mIoU,' in csv[5]
    assert ',mIoU (3 of 4),' in csv[6] and float(csv[6].rsplit(',', 1)[1]) < 0.001
    sentence = findings(comparison)[0]
    assert sentence.startswith('ours against plain: mIoU +')
    assert (
        'not tested as it is: too few images show train (1.0) (effective numbers). Without them '
        'mIoU (3 of 4) is +'
    ) in sentence
    assert sentence.endswith('(adjusted p < 0.001), more than the noise of the images.')
    # A mean is one question, however many rows it has.
    assert 'for 4 class differences at once, and apart from them for 2 of means' in how_to_read(
        [comparison]
    )


def test_classes_that_images_show_alike_are_all_tested():
    sides = [Method(name, (draw_evaluation(seed=seed),)) for seed, name in enumerate('ab')]
    (comparison,) = compare(sides[0], sides[1:], resamples=50)
    assert all(mean.tested is None and not mean.left_out for mean in comparison.means)


@pytest.mark.slow
@pytest.mark.parametrize(('images', 'rare'), LONG_TAILS)
def test_means_on_a_long_tail(images, rare):
    rates = long_tail_rates(images, rare)
    assert rates['null'] <= 0.07
    assert rates['power'] >= 0.9 * rates['without'] and rates['without'] > 0.4
    # Were a class of one image part of the test, its noise would hide the gain, even if known.
    assert rare > 1 or rates['known'] < 0.9 * rates['without']


@pytest.mark.slow
def test_means_on_a_long_tail_of_several_seeds():
    assert long_tail_rates(50, 1, trials=400, runs=3)['null'] <= 0.07
