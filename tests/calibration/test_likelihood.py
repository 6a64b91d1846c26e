"""Stage 1 is a convex problem; its solution is that of other software, and what was planted."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from planted import drawn
from scipy.optimize import minimize
from scipy.special import log_softmax
from sklearn.linear_model import LogisticRegression

from mmseg_ext.calibration import Likelihood, fit_likelihood
from mmseg_ext.calibration.likelihood import cross_entropy


def objective(point, logits, labels, ridge=1e-4):
    """The formula, in float64, by another library."""
    logs = log_softmax(point[0] * logits + point[1:], axis=1)
    return -logs[np.arange(len(labels)), labels].mean() + ridge * point[1:] @ point[1:]


def point_of(fit: Likelihood) -> np.ndarray:
    return np.array([fit.scale, *fit.bias])


def test_planted_biases_and_scale_are_recovered():
    wrong = [0.5, -1.5, 0.0, 1.0]
    logits, labels = drawn(200_000, wrong, scale=0.7)
    fit = fit_likelihood(logits, labels, ridge=0)
    assert fit.scale == pytest.approx(0.7, abs=0.02)
    np.testing.assert_allclose(fit.logit_bias - fit.logit_bias[2], wrong, atol=0.05)


def test_the_minimum_is_that_of_a_method_without_gradients():
    logits, labels = drawn(300, [0.3, -0.8, 0.2], scale=1.4)
    fit = fit_likelihood(logits, labels)
    other = minimize(
        objective, [1, 0, 0, 0], (logits, labels), 'Nelder-Mead',
        options=dict(xatol=1e-7, fatol=1e-13, maxiter=10000, maxfev=10000),
    )  # fmt: skip
    np.testing.assert_allclose(point_of(fit), other.x, atol=1e-4)


def test_two_classes_are_a_logistic_regression():
    logits, labels = drawn(4000, [1.2, 0.0], scale=0.6)
    fit = fit_likelihood(logits, labels, ridge=0)
    margin = logits[:, 1:] - logits[:, :1]
    other = LogisticRegression(C=1e12, tol=1e-10).fit(margin, labels)
    assert fit.scale == pytest.approx(other.coef_[0, 0], abs=1e-4)
    assert fit.bias[1] - fit.bias[0] == pytest.approx(other.intercept_[0], abs=1e-4)


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.floats(0, 1))
def test_the_problem_is_convex_and_the_fit_its_minimum(seed, share):
    rng = np.random.default_rng(seed)
    logits, labels = drawn(60, list(rng.normal(size=3)), seed=seed)
    one, other = (np.array([rng.uniform(0.1, 3), *rng.normal(0, 2, 3)]) for _ in range(2))
    between = objective(share * one + (1 - share) * other, logits, labels)
    chord = share * objective(one, logits, labels) + (1 - share) * objective(other, logits, labels)
    assert between <= chord + 1e-12
    found = objective(point_of(fit_likelihood(logits, labels)), logits, labels)
    assert found <= min(objective(one, logits, labels), objective(other, logits, labels)) + 1e-9


@settings(max_examples=20)
@given(st.integers(0, 10_000), st.floats(0.25, 4))
def test_a_constant_of_a_pixel_changes_nothing_and_a_scale_is_undone(seed, factor):
    rng = np.random.default_rng(seed)
    logits, labels = drawn(500, list(rng.normal(size=3)), seed=seed)
    fit = fit_likelihood(logits, labels)
    shifted = fit_likelihood(logits + rng.normal(0, 3, (500, 1)), labels)
    np.testing.assert_allclose(point_of(shifted), point_of(fit), atol=2e-4)
    scaled = fit_likelihood(factor * logits, labels)
    assert scaled.scale * factor == pytest.approx(fit.scale, rel=1e-3, abs=1e-3)
    np.testing.assert_allclose(scaled.bias, fit.bias, atol=1e-3)


def test_a_class_without_pixels_keeps_its_bias_and_tensors_are_taken():
    logits, labels = drawn(2000, [0.0, 1.0, 0.0])
    kept = labels < 2
    fit = fit_likelihood(torch.from_numpy(logits)[kept], torch.from_numpy(labels)[kept])
    assert fit.bias[2] == 0 and fit.bias[1] > fit.bias[0]


def test_logits_that_tell_nothing_have_a_small_scale_and_the_shares_as_biases():
    rng = np.random.default_rng(0)
    labels = rng.choice(2, 20000, p=[0.8, 0.2])
    fit = fit_likelihood(rng.normal(size=(20000, 2)), labels)
    assert 0 < fit.scale < 0.05
    assert fit.bias[0] - fit.bias[1] == pytest.approx(np.log(4), abs=0.05)
    equal = fit_likelihood(np.zeros((20000, 2)), labels)
    assert equal.bias[0] - equal.bias[1] == pytest.approx(np.log(4), abs=0.05)


def test_cross_entropy_is_that_of_torch():
    logits, labels = drawn(50, [0.0, 1.0, -1.0])
    columns = np.ascontiguousarray(logits.T, np.float32)
    fit = Likelihood(0.5, np.array([0.1, 0.2, -0.3]))
    expected = torch.nn.functional.cross_entropy(
        torch.from_numpy(0.5 * columns.T + fit.bias), torch.from_numpy(labels), reduction='none'
    )
    np.testing.assert_allclose(cross_entropy(columns, labels, fit), expected, atol=1e-6)


@pytest.mark.parametrize(
    ('logits', 'labels', 'message'),
    [
        (np.zeros((2, 3)), [0], r'logits \(2, 3\) and labels \(1,\)'),
        (np.zeros((2, 1)), [0, 0], r'of one logit z the classes are \(0, z\)'),
        (np.zeros((0, 2)), np.zeros(0, int), 'N >= 1'),
        (np.array([[0, np.nan]]), [0], 'NaN or infinite'),
        (np.array([[np.inf, -np.inf]]), [0], 'NaN or infinite'),
        (np.zeros((2, 3)), [0, 255], 'labels from 0 to 255, but there are 3 classes'),
        (np.zeros((2, 3)), [0, -1], 'labels from -1 to 0'),
    ],
)
def test_what_does_not_belong_together_is_refused(logits, labels, message):
    with pytest.raises(ValueError, match=message):
        fit_likelihood(logits, np.asarray(labels))
