"""Importance of channels, disentanglement and completeness."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import entropy

from mmseg_ext.analysis.bias.spread import ChannelSpread, channel_importance


def test_importance_by_hand():
    weight = np.array([[3.0, 1.0], [0.0, 1.0], [0.0, 4.0]])
    # Less the mean over the classes: [[2, -1], [-1, -1], [-1, 2]].
    np.testing.assert_allclose(
        channel_importance(weight, np.array([0.5, 2.0])), [[1, 0, 0], [0, 0, 4]]
    )


@given(st.integers(0, 10_000))
def test_importance_is_the_same_for_models_that_predict_the_same(seed):
    rng = np.random.default_rng(seed)
    weight, deviation = rng.normal(size=(5, 8)), rng.exponential(size=8)
    scale, common = rng.uniform(0.1, 10, 8), rng.normal(size=8)
    np.testing.assert_allclose(
        channel_importance(weight / scale + common, deviation * scale),
        channel_importance(weight, deviation),
        atol=1e-9,
    )


def test_a_channel_of_its_own_for_each_class_is_perfect():
    spread = ChannelSpread.of(np.diag([1.0, 5.0, 0.2]))
    assert spread.disentanglement == pytest.approx(1)
    assert spread.completeness == pytest.approx(1)


def test_all_for_all_is_nothing():
    spread = ChannelSpread.of(np.full((6, 3), 2.0))
    assert spread.disentanglement == pytest.approx(0, abs=1e-12)
    assert spread.completeness == pytest.approx(0, abs=1e-12)


def test_two_channels_for_each_class_are_disentangled_but_not_complete():
    spread = ChannelSpread.of(np.repeat(np.eye(2), 2, axis=0))
    assert spread.disentanglement == pytest.approx(1)
    assert spread.completeness == pytest.approx(1 - np.log(2) / np.log(4))


@given(st.integers(0, 10_000))
def test_equal_to_the_entropies_of_scipy(seed):
    rng = np.random.default_rng(seed)
    importance = rng.exponential(size=(7, 4)) * (rng.random((7, 4)) < 0.6)
    importance[0] = 0
    importance[1] += 0.1
    spread = ChannelSpread.of(importance)
    rows = importance[importance.any(1)]
    disentangled = 1 - entropy(rows, axis=1, base=4)
    assert spread.disentanglement == pytest.approx(
        np.average(disentangled, weights=rows.sum(1)), abs=1e-12
    )
    np.testing.assert_allclose(
        spread.completeness_of, 1 - entropy(importance, axis=0, base=7), atol=1e-12
    )


@pytest.mark.parametrize('importance', [np.zeros((3, 2)), np.ones((3, 1)), np.ones(3)])
def test_nothing_to_score_is_refused(importance):
    with pytest.raises(ValueError, match='expected an importance matrix'):
        ChannelSpread.of(importance)
