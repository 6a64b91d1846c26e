"""Logit-adjusted cross-entropy: by hand, by the formula in NumPy, and what it is known to do."""

import math

import numpy as np
import pytest
import torch
from mmseg.registry import DATASETS, MODELS

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.losses import LogitAdjustedLoss

SHARES = [50.0, 30.0, 19.0, 1.0]


def example(dtype=torch.float64, ignored=0.4):
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(2, 4, 5, 6, generator=generator, dtype=dtype)
    labels = torch.randint(0, 4, (2, 5, 6), generator=generator)
    labels[torch.rand(labels.shape, generator=generator) < ignored] = 255
    return logits.requires_grad_(True), labels


def by_formula(logits, labels, tau, pixel_weight=None):
    logits, labels = logits.detach().numpy(), labels.numpy()
    odds = (np.array(SHARES) / sum(SHARES)) ** tau
    losses = []
    for b, i, j in np.ndindex(labels.shape):
        if labels[b, i, j] != 255:
            scores = np.exp(logits[b, :, i, j]) * odds
            factor = 1 if pixel_weight is None else float(pixel_weight[b, i, j])
            losses.append(-factor * np.log(scores[labels[b, i, j]] / scores.sum()))
    return np.mean(losses)


def test_by_hand():
    """Equal logits: the probability of a class is its share, 3/4 and 1/4."""
    logits, labels = torch.zeros(1, 2, 1, 2), torch.tensor([[[0, 1]]])
    loss = LogitAdjustedLoss([6, 2])(logits, labels)
    assert loss.item() == pytest.approx((math.log(4 / 3) + math.log(4)) / 2)


@pytest.mark.parametrize('tau', [0.0, 0.5, 1.0])
@pytest.mark.parametrize('ignored', [0.0, 0.4])
def test_equals_the_formula(tau, ignored):
    logits, labels = example(ignored=ignored)
    loss = LogitAdjustedLoss(SHARES, tau=tau, loss_weight=0.5)(logits, labels)
    assert loss.item() == pytest.approx(0.5 * by_formula(logits, labels, tau), rel=1e-6)


def test_equal_shares_are_plain_cross_entropy():
    logits, labels = example(torch.float32)
    plain = MODELS.build(dict(type='CrossEntropyLoss', avg_non_ignore=True))
    expected = plain(logits, labels, ignore_index=255)
    torch.testing.assert_close(LogitAdjustedLoss([3.0] * 4)(logits, labels), expected)


def test_the_best_logits_are_of_equally_frequent_classes():
    """One location that is class 0 in nine of ten pixels: with its share the logits are equal."""
    logits = torch.zeros(1, 2, 1, 1, dtype=torch.float64, requires_grad=True)
    labels = torch.tensor([[[0] * 9 + [1]]])
    loss = LogitAdjustedLoss([90, 10])(logits.expand(1, 2, 1, 10), labels)
    loss.backward()
    torch.testing.assert_close(logits.grad, torch.zeros_like(logits), rtol=0, atol=1e-7)


def test_weights_of_single_pixels_and_losses_of_single_pixels():
    logits, labels = example()
    pixels = torch.rand(labels.shape, generator=torch.Generator().manual_seed(1))
    loss = LogitAdjustedLoss(SHARES)
    weighted = loss(logits, labels, weight=pixels)
    assert weighted.item() == pytest.approx(by_formula(logits, labels, 1, pixels), rel=1e-6)
    each = loss(logits, labels, reduction_override='none')
    assert each.shape == labels.shape and not each[labels == 255].any()
    torch.testing.assert_close(each[labels != 255].mean(), loss(logits, labels))


def test_gradcheck():
    logits, labels = example()
    loss = LogitAdjustedLoss(SHARES)
    assert torch.autograd.gradcheck(lambda value: loss(value, labels), logits)


def test_a_batch_without_labels_costs_nothing():
    logits, labels = example()
    loss = LogitAdjustedLoss(SHARES)(logits, torch.full_like(labels, 255))
    loss.backward()
    assert loss == 0 and not logits.grad.any()


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
def test_half_precision_logits(dtype):
    logits, labels = example(torch.float32)
    half = logits.detach().to(dtype)
    loss = LogitAdjustedLoss(SHARES)
    assert torch.equal(loss(half, labels), loss(half.float(), labels))
    with torch.autocast('cpu', dtype=dtype):
        assert torch.equal(loss(half, labels), loss(half.float(), labels))


def test_shares_of_a_data_set(monkeypatch):
    dataset = type('Known', (), dict(METAINFO=dict(classes='ab', train_shares=dict(b=25, a=75))))
    monkeypatch.setitem(DATASETS.module_dict, 'Known', dataset)
    loss = MODELS.build(dict(type='LogitAdjustedLoss', shares='auto', dataset='Known'))
    np.testing.assert_allclose(loss.adjustment, [math.log(0.75), math.log(0.25)], rtol=1e-6)
    camvid = LogitAdjustedLoss('auto', dataset='CamVidDataset')
    assert len(camvid.adjustment) == 11 and camvid.adjustment.argmin() == 10
    assert not camvid.state_dict()


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (dict(shares='auto'), "shares='auto': needs dataset, whose train_shares it takes"),
        (dict(shares='auto', dataset='CamvidDataset'), 'did you mean CamVidDataset'),
        (dict(shares='auto', dataset='BaseSegDataset'), 'give the shares in numbers'),
        (dict(shares='equal'), "shares='equal': give a list of numbers, or 'auto'"),
        (dict(shares=[1.0], dataset='CamVidDataset'), 'and the shares are given'),
        (dict(shares=[1.0, 0.0]), r'shares=\[1.0, 0.0\]: give a finite number above 0 for each'),
        (dict(shares=[1.0, math.inf]), 'give a finite number above 0'),
        (dict(shares=[]), 'give a finite number above 0'),
        (dict(shares=SHARES, tau=-1), 'tau=-1: give 0 or more'),
        (dict(shares=SHARES, loss_weight=-1), 'loss_weight=-1: give 0 or more'),
    ],
)
def test_arguments_that_cannot_work(arguments, message):
    with pytest.raises(ConfigError, match=message):
        LogitAdjustedLoss(**arguments)


def test_the_number_of_shares_is_checked():
    logits, labels = example()
    with pytest.raises(ConfigError, match='has 3 shares, but the head predicts 4 classes'):
        LogitAdjustedLoss(SHARES[:3])(logits, labels)
