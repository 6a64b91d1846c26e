"""Reliability against counts by hand, another library, and predictions that are calibrated."""

import numpy as np
import pytest
import torch
from torchmetrics.functional.classification import multiclass_calibration_error

from mmseg_ext.evaluation.reliability import BINS, count_reliability, score_reliability


def drawn(pixels=20000, classes=4, seed=0, sharpness=3.0):
    """Probabilities, and labels that follow them."""
    rng = np.random.default_rng(seed)
    logits = sharpness * rng.normal(size=(classes, pixels))
    probabilities = np.exp(logits) / np.exp(logits).sum(0)
    labels = (rng.random(pixels) > probabilities.cumsum(0)).sum(0).clip(max=classes - 1)
    return probabilities, labels


def count(probabilities, labels, classes=4):
    pred = probabilities.argmax(0)
    return count_reliability(probabilities.max(0)[None], pred[None], labels[None], classes)


def test_by_hand():
    confidence = np.array([[0.95, 0.97, 0.5, 0.52, 1.0]])
    pred = np.array([[0, 0, 1, 1, 1]])
    label = np.array([[0, 1, 1, 255, 1]])
    counts = count_reliability(confidence, pred, label, 3)
    assert counts.shape == (3, 3, BINS) and counts.dtype == np.int64
    assert counts[0, 0].tolist() == [0] * 14 + [2] and counts[1, 0].tolist() == [0] * 14 + [1]
    assert counts[0, 1].tolist() == [0] * 7 + [1] + [0] * 6 + [1]
    np.testing.assert_allclose(counts[2].sum(1) / 2**16, [1.92, 1.5, 0], atol=2e-5)
    scores = score_reliability(counts)
    # In the last bin 2.92 are expected and 2 right, in the eighth 0.5 and 1; of 4 pixels.
    assert scores.error == pytest.approx((0.92 + 0.5) / 4, abs=1e-5)
    np.testing.assert_allclose(scores.class_error, [0.92 / 2, 0.5 / 2, np.nan], atol=1e-5)
    assert scores.confidence[7] == pytest.approx(0.5) and scores.accuracy[7] == 1
    assert np.isnan(scores.accuracy[0]) and scores.shares[7] == 0.25


@pytest.mark.parametrize('sharpness', [1.0, 3.0])
@pytest.mark.parametrize('scale', [0.5, 1.0, 2.0])
def test_the_error_equals_that_of_another_library(sharpness, scale):
    probabilities, labels = drawn(sharpness=sharpness)
    scaled = probabilities**scale / (probabilities**scale).sum(0)
    ours = score_reliability(count(scaled, labels)).error
    theirs = multiclass_calibration_error(
        torch.from_numpy(scaled.T), torch.from_numpy(labels), num_classes=4, n_bins=BINS
    )
    assert ours == pytest.approx(float(theirs), abs=2e-4)


def test_what_is_drawn_from_the_probabilities_is_calibrated():
    probabilities, labels = drawn(pixels=400000)
    scores = score_reliability(count(probabilities, labels))
    assert scores.error < 0.005 and (scores.class_error < 0.01).all()
    sharper = probabilities**2 / (probabilities**2).sum(0)
    assert score_reliability(count(sharper, labels)).error > 0.05


def test_counts_add_up_over_images():
    probabilities, labels = drawn()
    parts = [
        count(probabilities[:, half], labels[half]) for half in (slice(0, 7000), slice(7000, None))
    ]
    np.testing.assert_array_equal(sum(parts), count(probabilities, labels))


def test_nothing_labelled():
    counts = count_reliability(np.ones((2, 2)), np.zeros((2, 2), int), np.full((2, 2), 255), 2)
    scores = score_reliability(counts)
    assert not counts.any() and np.isnan(scores.error) and np.isnan(scores.class_error).all()
