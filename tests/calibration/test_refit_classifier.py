"""The refit against scikit-learn, its gradient against differences, and its laws."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from mmseg_ext.calibration.refit import Classifier, refit_classifier, style_projection

RIDGE = 1e-3


def drawn(pixels=3000, classes=4, channels=6, seed=0):
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(pixels, channels)).astype(np.float32)
    weight, bias = rng.normal(size=(classes, channels)), np.array([2.0, 0, 0, -2])
    logits = features @ weight.T + bias + rng.gumbel(size=(pixels, classes))
    return features, logits.argmax(1)


def zero(classes=4, channels=6):
    return Classifier(np.zeros((classes, channels)), np.zeros(classes))


def sklearn(features, labels, balance=0.0):
    shares = np.bincount(labels) / len(labels)
    weights = shares[labels] ** -balance
    model = LogisticRegression(C=1 / (2 * RIDGE * weights.sum()), tol=1e-9, max_iter=5000)
    return model.fit(features.astype(np.float64), labels, weights)


@pytest.mark.parametrize('balance', [0.0, 0.5, 1.0])
def test_it_equals_another_library(balance):
    features, labels = drawn()
    found = refit_classifier(features, labels, zero(), balance=balance, ridge=RIDGE)
    reference = sklearn(features, labels, balance)
    np.testing.assert_allclose(found.weight, reference.coef_, atol=2e-4)
    bias = found.bias - found.bias.mean()
    np.testing.assert_allclose(bias, reference.intercept_, atol=2e-4)


def test_the_start_does_not_matter():
    features, labels = drawn()
    rng = np.random.default_rng(1)
    begin = Classifier(rng.normal(size=(4, 6)), rng.normal(size=4))
    first = refit_classifier(features, labels, zero(), ridge=RIDGE)
    second = refit_classifier(features, labels, begin, ridge=RIDGE)
    np.testing.assert_allclose(first.weight, second.weight, atol=2e-4)


def test_the_projection_is_folded_in():
    features, labels = drawn()
    total = features.T @ features / len(features)
    projection = style_projection(total, np.zeros((6, 6)), keep=0.5)
    found = refit_classifier(features, labels, zero(), projection, ridge=RIDGE)
    reference = sklearn((features @ projection).astype(np.float32), labels)
    np.testing.assert_allclose(found.weight, reference.coef_ @ projection, atol=2e-4)
    np.testing.assert_allclose(found.weight @ projection, found.weight, atol=1e-9)


def test_balance_finds_the_rare_class():
    features, labels = drawn(pixels=20000)
    found = {
        balance: refit_classifier(features, labels, zero(), balance=balance) for balance in (0, 1)
    }
    rare = labels == np.bincount(labels).argmin()
    recall = {
        balance: ((features @ each.weight.T + each.bias).argmax(1)[rare] == labels[rare]).mean()
        for balance, each in found.items()
    }
    assert recall[1] > recall[0] + 0.1


def test_a_class_without_pixels_stays_as_it_was():
    features, labels = drawn()
    begin = Classifier(np.full((5, 6), 0.3), np.full(5, -9.0))
    found = refit_classifier(features, labels, begin, ridge=RIDGE)
    np.testing.assert_array_equal(found.weight[4], begin.weight[4])
    assert found.bias[4] == -9


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (dict(labels=np.full(3, 4)), 'labels from 4 to 4 for 4 classes'),
        (dict(labels=np.zeros(2, int)), 'and 2 labels'),
        (dict(features=np.zeros((3, 5), np.float32)), 'for a classifier of 6 channels'),
        (dict(balance=1.5), 'balance=1.5'),
    ],
)
def test_what_cannot_be(change, message):
    arguments = dict(features=np.zeros((3, 6), np.float32), labels=np.zeros(3, int), start=zero())
    with pytest.raises(ValueError, match=message):
        refit_classifier(**{**arguments, **change})
