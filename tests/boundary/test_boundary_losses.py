"""Balanced losses and uncertainty weighting: independent values, gradients, edge cases."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmengine.logging import MessageHub
from mmengine.structures import PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample
from torch.autograd import gradcheck
from torch.testing import assert_close

from mmseg_ext.boundary.loss_modules import UncertaintyWeightedLoss
from mmseg_ext.boundary.losses import (
    balance_weights,
    balanced_bce,
    balanced_cross_entropy,
    balanced_smooth_l1,
)
from mmseg_ext.common.errors import ConfigError

DOUBLE = dict(dtype=torch.float64, requires_grad=True)
EDGES = torch.tensor([[[0, 1, 0], [255, 1, 0]]])
CLASSES = torch.tensor([[[0, 2, 0], [255, 2, 0]]], dtype=torch.uint8)
FRACTIONS = torch.tensor([[[0, 1, 0], [-1, 0.5, 0]]])

CASES = {
    'bce': (balanced_bce, 1, EDGES, torch.full_like(EDGES, 255)),
    'cross_entropy': (balanced_cross_entropy, 3, CLASSES, torch.full_like(CLASSES, 255)),
    'smooth_l1': (balanced_smooth_l1, 1, FRACTIONS, torch.full_like(FRACTIONS, -1)),
}


@pytest.fixture(params=CASES)
def case(request):
    loss, channels, target, ignored = CASES[request.param]
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(1, channels, 2, 3, generator=generator, **DOUBLE)
    return loss, logits, target, ignored


def test_weights_of_counts():
    counts = torch.tensor([4, 0, 1])
    assert_close(balance_weights(counts, 0.0), torch.tensor([0.2, 0.0, 0.2]).double())
    assert_close(balance_weights(counts, 1.0), torch.tensor([0.125, 0, 0.5]).double())
    # counts ** -0.5 = 1/2 and 1; the sum over the pixels is 4 · 1/2 + 1 = 3
    assert_close(balance_weights(counts, 0.5), torch.tensor([1 / 6, 0, 1 / 3]).double())


def test_bce_equals_the_mean_of_the_means():
    logits = torch.tensor([[[[0.3, -1.0, 2.0], [9.0, 0.5, -0.7]]]], **DOUBLE)
    edge = np.mean([math.log1p(math.exp(1.0)), math.log1p(math.exp(-0.5))])
    none = np.mean([math.log1p(math.exp(x)) for x in (0.3, 2.0, -0.7)])
    assert balanced_bce(logits, EDGES).item() == pytest.approx((edge + none) / 2, abs=1e-12)


@pytest.mark.parametrize('balance', [0.0, 0.5, 1.0])
def test_cross_entropy_equals_a_loop(balance):
    logits = torch.randn(1, 3, 2, 3, generator=torch.Generator().manual_seed(1)).double()
    log_softmax = logits.numpy() - np.log(np.exp(logits.numpy()).sum(1, keepdims=True))
    weight = {0: 3.0**-balance, 2: 2.0**-balance}
    total = mass = 0.0
    for y, x in np.ndindex(2, 3):
        label = int(CLASSES[0, y, x])
        if label != 255:
            total -= weight[label] * log_softmax[0, label, y, x]
            mass += weight[label]
    loss = balanced_cross_entropy(logits, CLASSES, balance).item()
    assert loss == pytest.approx(total / mass, abs=1e-12)


def test_smooth_l1_equals_the_formula():
    prediction = torch.tensor([[[[0.0, 0.95, 0.3], [7.0, 0.5, 0.0]]]], **DOUBLE)
    inside, stuff = [0.05**2 / 0.2, 0.0], [0.0, 0.3 - 0.05, 0.0]
    expected = (np.mean(inside) + np.mean(stuff)) / 2
    loss = balanced_smooth_l1(prediction, FRACTIONS, beta=0.1, balance=1.0).item()
    assert loss == pytest.approx(expected, abs=1e-7)


def test_gradcheck(case):
    loss, logits, target, _ = case
    assert gradcheck(lambda x: loss(x, target), logits)


def test_ignored_pixels_have_no_gradient(case):
    loss, logits, target, _ = case
    loss(logits, target).backward()
    assert (logits.grad[0, :, 1, 0] == 0).all()
    assert (logits.grad[0, :, 0, 0] != 0).all()


def test_all_ignored_batch_is_zero_with_zero_gradients(case):
    loss, logits, _, ignored = case
    value = loss(logits, ignored)
    value.backward()
    assert value.item() == 0
    assert (logits.grad == 0).all()


def test_without_a_boundary_false_edges_still_cost():
    nothing = torch.zeros(1, 4, 4, dtype=torch.int64)
    quiet, false = torch.full((2, 1, 1, 4, 4), -3.0)
    false[0, 0, 1, 1] = 3.0
    assert balanced_bce(quiet, nothing).item() == pytest.approx(math.log1p(math.exp(-3)), rel=1e-5)
    assert balanced_bce(false, nothing) > balanced_bce(quiet, nothing) + 0.1


def test_half_precision_does_not_underflow():
    target = torch.zeros(1, 400, 400, dtype=torch.int64)
    target[0, 0, 0] = 1
    for loss, channels in ((balanced_bce, 1), (balanced_cross_entropy, 2)):
        value = loss(torch.zeros(1, channels, 400, 400, dtype=torch.float16), target)
        assert value.item() == pytest.approx(math.log(2), rel=1e-3)


def test_more_classes_than_outputs_is_named():
    with pytest.raises(ConfigError, match='holds class 2, but the head predicts 2 classes'):
        balanced_cross_entropy(torch.zeros(1, 2, 2, 3), CLASSES)


def test_edges_of_other_ids_are_named():
    with pytest.raises(ConfigError, match='holds class 2, but the head predicts 2 classes'):
        balanced_bce(torch.zeros(1, 1, 2, 3), CLASSES)


@pytest.mark.parametrize('dtype', [torch.float64, torch.float32, torch.float16])
@pytest.mark.parametrize('ignored', [0.0, 0.3, 1.0])
def test_not_a_bit_differs_from_weights_of_bincount(dtype, ignored):
    """Counted on the device, without picking the labelled pixels, the weights are the same."""
    generator = torch.Generator().manual_seed(2)
    ids = torch.randint(0, 3, (2, 9, 7), generator=generator)
    ids[ids == 1] = 0
    gone = torch.rand(ids.shape, generator=generator) < ignored
    single = torch.promote_types(dtype, torch.float32)

    def weights(target, classes, balance):
        counts = torch.bincount(target, minlength=classes).double()
        shares = torch.where(counts > 0, counts ** (1 - balance), 0)
        return (shares / shares.sum().clamp(min=1e-12) / counts.clamp(min=1)).to(single)

    def edge(x):
        weight = weights((ids // 2)[~gone], 2, 1.0)[ids // 2] * ~gone
        return F.binary_cross_entropy_with_logits(
            x[:, 0], (ids // 2).to(single), weight, reduction='sum'
        )

    def contour(x):
        target = ids.masked_fill(gone, 255)
        weight = weights(ids[~gone], 3, 0.5)
        return F.cross_entropy(x, target, weight, ignore_index=255, reduction='none').sum()

    def distance(x):
        error = F.smooth_l1_loss(x[:, 0], (ids / 2).to(single), beta=0.1, reduction='none')
        return (error * weights((ids // 2)[~gone], 2, 0.5)[ids // 2] * ~gone).sum()

    for channels, ours, before in (
        (1, lambda x: balanced_bce(x, (ids // 2).masked_fill(gone, 255).byte()), edge),
        (3, lambda x: balanced_cross_entropy(x, ids.masked_fill(gone, 255).byte()), contour),
        (1, lambda x: balanced_smooth_l1(x, (ids / 2).masked_fill(gone, -1)), distance),
    ):
        logits = torch.randn(2, channels, 9, 7, generator=generator).to(dtype)
        one, other = logits.clone().requires_grad_(), logits.clone().requires_grad_()
        found, expected = ours(one), before(other.to(single))
        found.backward()
        expected.backward()
        assert torch.equal(found, expected) and torch.equal(one.grad, other.grad)


@pytest.mark.parametrize(
    'config', [dict(type='BalancedBCELoss', balance=2), dict(type='BalancedSmoothL1Loss', beta=0)]
)
def test_wrong_arguments(config):
    with pytest.raises(ConfigError, match='got'):
        MODELS.build(config)


def test_as_the_loss_of_an_ordinary_head():
    head = MODELS.build(
        dict(
            type='FCNHead',
            in_channels=4,
            channels=4,
            num_classes=3,
            norm_cfg=dict(type='BN'),
            loss_decode=dict(type='BalancedCrossEntropyLoss', loss_name='loss_ce'),
        )
    )
    sample = SegDataSample(gt_sem_seg=PixelData(data=torch.randint(0, 3, (1, 6, 8))))
    logits = torch.randn(1, 3, 6, 8)
    loss = head.loss_by_feat(logits, [sample])['loss_ce']
    assert_close(loss, balanced_cross_entropy(logits, sample.gt_sem_seg.data))
    with pytest.raises(ConfigError, match='BalancedCrossEntropyLoss weighs the pixels itself'):
        head.loss_decode(logits, sample.gt_sem_seg.data, weight=torch.ones(1, 6, 8))


def uncertain(**kwargs):
    return UncertaintyWeightedLoss(dict(type='BalancedBCELoss'), **kwargs)


def test_uncertainty_formula_and_gradient():
    logits = torch.zeros(1, 1, 2, 3)
    loss = uncertain(log_variance=0.4)
    value = loss(logits, EDGES, ignore_index=255)
    value.backward()
    assert value.item() == pytest.approx(math.exp(-0.4) * math.log(2) + 0.2, rel=1e-5)
    assert loss.log_variance.grad.item() == pytest.approx(
        0.5 - math.exp(-0.4) * math.log(2), rel=1e-5
    )
    assert loss.loss_name == 'loss_edge'
    hub = MessageHub.get_current_instance()
    assert hub.get_scalar('train/log_variance_edge').current() == pytest.approx(0.4)


def test_uncertainty_settles_where_the_variance_is_twice_the_loss():
    loss = uncertain()
    optimizer = torch.optim.SGD(loss.parameters(), lr=0.5)
    for _ in range(100):
        optimizer.zero_grad()
        loss(torch.zeros(1, 1, 2, 3), EDGES).backward()
        optimizer.step()
    assert math.exp(loss.log_variance.item()) == pytest.approx(2 * math.log(2), rel=1e-3)


def test_uncertainty_leaves_a_task_without_targets_alone():
    loss = uncertain(log_variance=0.4)
    logits = torch.zeros(1, 1, 2, 3, requires_grad=True)
    value = loss(logits, torch.full_like(EDGES, 255))
    value.backward()
    assert value.item() == 0
    assert loss.log_variance.grad.item() == 0
    assert (logits.grad == 0).all()


@MODELS.register_module()
class HalvedLoss(torch.nn.Module):
    """A loss that returns a list, of which mmengine adds up the means."""

    loss_name = 'loss_edge'

    def forward(self, logits, target, weight=None, ignore_index=255):
        return [balanced_bce(logits, target, ignore_index=ignore_index) / 2] * 2


def test_uncertainty_wraps_a_loss_that_returns_a_list():
    logits = torch.zeros(1, 1, 2, 3)
    listed = UncertaintyWeightedLoss(dict(type='HalvedLoss'))(logits, EDGES)
    torch.testing.assert_close(listed, uncertain()(logits, EDGES))


def test_uncertainty_wraps_the_main_loss():
    main = UncertaintyWeightedLoss(dict(type='CrossEntropyLoss'))
    value = main(torch.zeros(1, 3, 2, 3), CLASSES.long(), weight=None, ignore_index=255)
    assert main.loss_name == 'loss_ce'
    assert value.item() > 0


@pytest.mark.parametrize(
    ('loss', 'message'),
    [
        (dict(type='BalancedBCELoss', loss_weight=-1.0), 'BalancedBCELoss: loss_weight=-1.0'),
        (dict(type='BalancedBCELoss', balance=math.nan), 'balance must lie'),
        (dict(type='BalancedSmoothL1Loss', beta=math.nan), 'beta must be positive and finite'),
        (
            dict(type='UncertaintyWeightedLoss', loss=dict(type='DiceLoss'), log_variance=math.nan),
            'log_variance=nan, give a finite',
        ),
    ],
)
def test_the_losses_check_their_numbers(loss, message):
    with pytest.raises(ConfigError, match=message):
        MODELS.build(loss)
