"""MIG and SAP where the truth is planted."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import mutual_info_score

from mmseg_ext.analysis.bias.attribute_predictability import (
    attribute_predictability_gap,
    threshold_scores,
)
from mmseg_ext.analysis.bias.mutual_information_gap import (
    mutual_information,
    mutual_information_gap,
)

# Two independent factors, every combination of them alike often.
TWO = np.stack(np.meshgrid([0, 1], [0, 1]), axis=-1).reshape(-1, 2).repeat(6, axis=0)
MEASURES = [mutual_information_gap, attribute_predictability_gap]
both = pytest.mark.parametrize('measure', MEASURES)


def shuffled(factors, seed=0):
    """Both halves of SAP have every combination."""
    return np.random.default_rng(seed).permutation(factors)


def one_hot(classes, repeats=40):
    """Classes as factors, and a channel for each of them."""
    return np.eye(classes, dtype=int)[shuffled(np.arange(classes).repeat(repeats))]


@both
def test_a_latent_for_each_factor_is_perfect(measure):
    factors = shuffled(TWO)
    latents = np.stack([-3.0 * factors[:, 1] + 1, 0.5 * factors[:, 0], 0 * factors[:, 0]], axis=1)
    np.testing.assert_allclose(measure(latents, factors), [1, 1], atol=1e-12)


@both
def test_a_factor_that_two_latents_know_has_no_gap(measure):
    factors = shuffled(TWO)
    latents = factors[:, [0, 0, 1]] * [1.0, -2.0, 1.0]
    np.testing.assert_allclose(measure(latents, factors), [0, 1], atol=1e-12)


@both
def test_where_every_latent_mixes_all_factors_alike_there_is_no_gap(measure):
    """Their sum and their difference, turned by 45 degrees: each knows half of each factor."""
    factors = TWO.repeat(2, axis=0)
    latents = factors @ np.array([[1.0, 1.0], [1.0, -1.0]])
    np.testing.assert_allclose(measure(latents, factors), [0, 0], atol=1e-12)


@both
def test_latents_that_know_nothing_have_almost_no_gap(measure):
    rng = np.random.default_rng(0)
    gaps = measure(rng.normal(size=(4000, 6)), rng.integers(0, 2, (4000, 3)))
    assert (gaps >= 0).all() and gaps.max() < 0.05


@both
def test_a_factor_of_one_value_has_no_figure(measure):
    factors = np.column_stack([TWO, np.ones(len(TWO), int)])
    gaps = measure(shuffled(TWO).astype(float), factors)
    assert np.isnan(gaps).tolist() == [False, False, True]


@both
@settings(max_examples=20)
@given(seed=st.integers(0, 10_000))
def test_order_scale_and_offset_of_the_latents_change_nothing(measure, seed):
    rng = np.random.default_rng(seed)
    # Whole numbers and powers of two, so that no rounding moves a value to another bin.
    latents = rng.integers(0, 21, (60, 5)).astype(float)
    factors = rng.integers(0, 2, (60, 3))
    scale = 2.0 ** rng.integers(-3, 4, 5)
    changed = (latents * scale + rng.integers(-4, 5, 5))[:, rng.permutation(5)]
    np.testing.assert_allclose(measure(changed, factors), measure(latents, factors), atol=1e-9)


def test_mutual_information_by_hand():
    """3/8 of the samples in each agreeing cell, 1/8 in each other: 3/4 log 3/2 + 1/4 log 1/2."""
    latent = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    factor = np.array([0, 0, 0, 1, 1, 1, 1, 0])
    expected = 0.75 * np.log(1.5) + 0.25 * np.log(0.5)
    assert mutual_information(latent[:, None], factor) == pytest.approx([expected])
    # The second latent is the factor itself, whose entropy is log 2.
    latents = np.stack([latent, factor, np.zeros(8)], axis=1)
    gap = mutual_information_gap(latents, factor[:, None])
    assert gap == pytest.approx([1 - expected / np.log(2)])


def test_mutual_information_is_that_of_scikit_learn():
    rng = np.random.default_rng(0)
    latents, factor = rng.integers(0, 7, (300, 4)), rng.integers(0, 3, 300)
    latents[:, 0] = factor * 2 + rng.integers(0, 2, 300)
    expected = [mutual_info_score(latent, factor) for latent in latents.T]
    np.testing.assert_allclose(mutual_information(latents, factor), expected, atol=1e-12)


def test_a_threshold_by_hand():
    """Ones lie above 2.5, but for one of four; of the new ones two of three, of the zeros none."""
    latents = np.array([[0.0], [1], [2], [3], [4], [5], [1.5], [2.25]])
    factor = np.array([0, 0, 0, 1, 1, 1, 1, 0])
    scores = threshold_scores(
        latents, factor, np.array([[2.7], [9.0], [0.0], [2.0], [-1.0]]), np.array([1, 1, 1, 0, 0])
    )
    assert scores == pytest.approx([2 / 3])
    # On the wrong side of what was fitted it is worth nothing, not less.
    assert threshold_scores(latents, factor, -latents, factor) == pytest.approx([0])


@pytest.mark.parametrize('classes', [2, 3, 12])
def test_channels_of_one_class_each_reach_less_than_1_since_classes_exclude_each_other(classes):
    """What channel b says of class a: where it is 1, the pixel is not a."""
    factors = one_hot(classes)
    others = classes - 1

    def entropy(share):
        return -sum(p * np.log(p) for p in (share, 1 - share) if p > 0)

    of_class = entropy(1 / classes)
    known_to_another = of_class - others / classes * entropy(1 / others)
    np.testing.assert_allclose(
        mutual_information_gap(factors.astype(float), factors), 1 - known_to_another / of_class,
        atol=1e-12,
    )  # fmt: skip
    # Another channel is 1 on one of the other classes, and 0 on this one.
    gaps = attribute_predictability_gap(factors.astype(float), factors)
    np.testing.assert_allclose(gaps, 1 - 1 / others, atol=0.15)
