"""Company, splits and unfairness of drawn tables of objects."""

import numpy as np
import pytest

from mmseg_ext.evaluation.context.by_context import context_splits, context_unfairness
from mmseg_ext.evaluation.context.company import company_shares, lacks_company, usual_company
from mmseg_ext.evaluation.context.estimate import Estimate, estimate_ratio
from mmseg_ext.evaluation.context.objects import ObjectTable

CLASSES = ('road', 'car', 'person', 'cyclist')
ROAD, CAR, PERSON, CYCLIST = range(4)


def objects(*groups):
    """Groups of equal objects: number, class, ring and predicted pixels by class."""
    rows = [(label, ring, predicted) for n, label, ring, predicted in groups for _ in range(n)]
    return ObjectTable(
        CLASSES,
        np.array([row[0] for row in rows]),
        np.array([row[1] for row in rows]),
        np.array([row[2] for row in rows]),
    )


@pytest.fixture
def cyclists():
    """Thirty by a car, of which 9 of 10 pixels are right, and ten elsewhere, called person."""
    return objects(
        (30, CYCLIST, [60, 40, 0, 0], [1, 0, 0, 9]),
        (10, CYCLIST, [96, 4, 0, 0], [1, 0, 7, 2]),
        (3, PERSON, [80, 0, 0, 20], [0, 0, 10, 0]),
    )


def test_a_class_is_beside_an_object_from_above_five_percent_of_its_ring():
    table = objects((1, CYCLIST, [95, 5, 0, 0], [0] * 4), (1, CYCLIST, [94, 6, 0, 0], [0] * 4))
    assert table.beside.tolist() == [[True, False, False, False], [True, True, False, False]]
    assert not objects((1, CYCLIST, [0] * 4, [0] * 4)).beside.any()


def test_company(cyclists):
    shares = company_shares(cyclists)
    np.testing.assert_allclose(shares[CYCLIST], [1, 0.75, 0, 0])
    np.testing.assert_allclose(shares[PERSON], [1, 0, 0, 1])
    assert np.isnan(shares[[ROAD, CAR]]).all()
    usual = usual_company(shares)
    assert usual[CYCLIST].tolist() == [True, True, False, False]
    assert not usual[ROAD].any()
    lacking = lacks_company(cyclists, usual)
    assert lacking.tolist() == [False] * 30 + [True] * 10 + [False] * 3


def test_a_split_tells_recall_and_flips_on_both_sides(cyclists):
    (split,) = context_splits(cyclists)
    assert (split.label, split.context, split.objects) == (CYCLIST, CAR, (30, 10))
    assert [each.value for each in split.recall] == pytest.approx([0.9, 0.2])
    np.testing.assert_allclose(split.flips, [[0.1, 0, 0, 0.9], [0.1, 0, 0.7, 0.2]])
    assert split.flip_to == PERSON
    assert [each.value for each in split.flip] == pytest.approx([0, 0.7])
    # Equal objects differ in no resample.
    assert split.recall[0].interval == pytest.approx((0.9, 0.9))


def test_a_side_of_few_objects_says_nothing():
    table = objects(
        (30, CYCLIST, [60, 40, 0, 0], [0, 0, 0, 9]), (9, CYCLIST, [9, 0, 0, 0], [9] * 4)
    )
    assert context_splits(table) == []
    assert np.isnan(context_unfairness(table, CYCLIST).value)


def test_unfairness_is_the_total_variation_to_the_predictions_of_all(cyclists):
    # p(predicted | cyclist): 0.1 road, 0.175 person, 0.725 cyclist; by a car 0.1, 0, 0.9.
    unfair = context_unfairness(cyclists, CYCLIST)
    assert unfair.value == pytest.approx(0.175)
    assert unfair.interval[0] < 0.175 < unfair.interval[1]
    fair = objects(
        (20, CYCLIST, [60, 40, 0, 0], [1, 0, 1, 8]), (20, CYCLIST, [9, 0, 0, 0], [1, 0, 1, 8])
    )
    assert context_unfairness(fair, CYCLIST).value == pytest.approx(0)


def test_unfairness_is_a_mean_over_contexts():
    table = objects(
        (10, PERSON, [50, 50, 0, 0], [0, 0, 10, 0]),
        (10, PERSON, [50, 0, 0, 50], [0, 0, 0, 10]),
        (10, PERSON, [0, 50, 0, 50], [0, 0, 5, 5]),
    )
    # Half of all pixels are right; by road, too; by cars 15 of 20, by cyclists 5 of 20.
    assert context_unfairness(table, PERSON).value == pytest.approx((0 + 0.25 + 0.25) / 3)


def test_estimates_have_the_spread_of_a_mean():
    values = np.random.default_rng(0).normal(5, 1, 400)
    estimate = estimate_ratio(values, np.ones(400))
    assert estimate.value == pytest.approx(values.mean())
    half = 1.96 * values.std() / 20
    lower, upper = estimate.interval
    assert lower == pytest.approx(values.mean() - half, abs=0.02)
    assert upper == pytest.approx(values.mean() + half, abs=0.02)


def test_a_difference_of_equal_units_is_that_of_pairs():
    values = np.random.default_rng(1).normal(0, 1, 50)
    first, second = estimate_ratio(values + 2, np.ones(50)), estimate_ratio(values, np.ones(50))
    assert first.minus(second).interval == pytest.approx((2, 2))


def test_without_units_there_is_no_estimate():
    estimate = estimate_ratio(np.zeros(0), np.zeros(0))
    assert isinstance(estimate, Estimate) and np.isnan(estimate.value)
    assert np.isnan(estimate.interval).all()
