"""Suppressing a class: on the feature and on the classifier it is the same function."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmseg_ext.analysis.bias.suppressed_weights import (
    SUPPRESSIONS,
    without_channels,
    without_direction,
)

both = pytest.mark.parametrize('suppress', SUPPRESSIONS.values())
seeds = st.integers(0, 10_000)


def drawn(seed, classes=4, channels=7, pixels=20):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(classes, channels)), rng.exponential(size=(channels, pixels))


def test_channels_of_a_hand_written_classifier():
    weight = np.array([[4.0, 0.0, 1.0], [-4.0, 3.0, 1.0]])
    # Less the mean over the classes: [[4, -1.5, 0], [-4, 1.5, 0]].
    np.testing.assert_array_equal(
        without_channels(weight),
        [[[0, 0, 1], [0, 3, 1]], [[4, 0, 1], [-4, 0, 1]]],
    )


def test_direction_of_a_hand_written_classifier():
    weight = np.array([[3.0, 0.0], [0.0, 0.0], [-3.0, 6.0]])
    # Less the mean, class 0 is (3, -2), class 1 is (0, -2): along y, so only x is left of any.
    np.testing.assert_allclose(without_direction(weight)[1], [[3, 0], [0, 0], [-3, 0]])


@given(seeds)
def test_channels_is_zeroing_them_in_the_feature(seed):
    weight, feature = drawn(seed)
    for a, changed in enumerate(without_channels(weight)):
        kept = np.where((weight[a] > weight.mean(0))[:, None], 0, feature)
        np.testing.assert_allclose(changed @ feature, weight @ kept, atol=1e-12)


@given(seeds)
def test_direction_is_projecting_the_feature(seed):
    weight, feature = drawn(seed)
    for a, changed in enumerate(without_direction(weight)):
        w = weight[a] - weight.mean(0)
        projected = feature - np.outer(w, w @ feature) / (w @ w)
        np.testing.assert_allclose(changed @ feature, weight @ projected, atol=1e-12)


@given(seeds)
def test_nothing_speaks_for_the_suppressed_class_any_more(seed):
    """Its logit less the mean logit is never positive, and constant along its direction."""
    weight, feature = drawn(seed)
    for a, changed in enumerate(without_channels(weight)):
        logits = changed @ feature
        assert (logits[a] - logits.mean(0) <= 1e-12).all()
    for a, changed in enumerate(without_direction(weight)):
        logits = changed @ feature
        np.testing.assert_allclose(logits[a], logits.mean(0), atol=1e-12)


@both
@given(seed=seeds)
def test_what_a_softmax_cannot_see_changes_nothing(suppress, seed):
    """Adding one vector to the weights of all classes changes no prediction, and no suppression."""
    weight, feature = drawn(seed)
    common = np.random.default_rng(seed + 1).normal(size=weight.shape[1])
    for changed, other in zip(suppress(weight), suppress(weight + common), strict=True):
        logits, others = changed @ feature, other @ feature
        np.testing.assert_allclose(logits - logits.mean(0), others - others.mean(0), atol=1e-9)


@given(seeds)
def test_the_scale_of_a_channel_does_not_matter_to_channels(seed):
    weight, feature = drawn(seed)
    scale = np.random.default_rng(seed + 1).uniform(0.1, 10, weight.shape[1])
    np.testing.assert_allclose(
        without_channels(weight) @ feature,
        without_channels(weight / scale) @ (feature * scale[:, None]),
        atol=1e-9,
    )


@both
def test_equal_weights_of_all_classes_have_nothing_to_suppress(suppress):
    weight = np.tile([1.0, -2.0, 3.0], (4, 1))
    np.testing.assert_array_equal(suppress(weight), np.tile(weight, (4, 1, 1)))
