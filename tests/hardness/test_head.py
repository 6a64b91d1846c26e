"""The head: names, prediction and losses, against the plain head and a computation in NumPy."""

import copy
import pickle

import numpy as np
import pytest
import torch
from hard_heads import (
    HEADS,
    LAST,
    NUM_CLASSES,
    PLAIN_MEAN,
    arguments,
    data_samples,
    features,
    hard_head,
    inputs_of,
    labels,
    plain_head,
    total,
)
from mmseg.models.utils import resize
from mmseg.registry import MODELS

from mmseg_ext.checkpoints.checkpoint import training_only
from mmseg_ext.common.errors import ConfigError
from mmseg_ext.hardness import HardnessHead, HardnessMixin

all_heads = pytest.mark.parametrize('name', HEADS)
SIGMOIDS = dict(type='CrossEntropyLoss', use_sigmoid=True, avg_non_ignore=True)
WEIGHTED = dict(type='WeightedCrossEntropyLoss', class_weight=[1.0, 2.0, 0.5, 4.0, 3.0])


@all_heads
def test_it_predicts_what_the_plain_head_predicts_bit_for_bit(name):
    hard, plain = hard_head(name), plain_head(name)
    hard.train()
    hard.loss(*inputs_of(name), data_samples(labels()), None)
    stored = {key: value for key, value in hard.state_dict().items() if not training_only(key)}
    assert list(stored) == list(plain.state_dict())
    plain.load_state_dict(stored)
    with torch.no_grad():
        ours, theirs = (head.eval()(*inputs_of(name)) for head in (hard, plain))
    assert torch.equal(ours, theirs)
    assert ours.shape[1] == NUM_CLASSES
    assert isinstance(hard, HardnessMixin) and isinstance(hard, MODELS.get(name))


@all_heads
def test_a_checkpoint_of_the_plain_head_loads(name):
    hard, plain = hard_head(name), plain_head(name)
    found = hard.load_state_dict(plain.state_dict(), strict=True)
    assert not found.missing_keys and not found.unexpected_keys
    half = plain.state_dict() | {
        'hardness_head.conv_seg.bias': hard.state_dict()['hardness_head.conv_seg.bias']
    }
    with pytest.raises(RuntimeError, match='Missing key'):
        hard.load_state_dict(half)


@all_heads
def test_every_parameter_learns(name):
    head = hard_head(name, dropout_ratio=0.1).train()
    total(head.loss(*inputs_of(name), data_samples(labels()), None)).backward()
    for parameter, value in head.named_parameters():
        assert value.grad is not None and value.grad.isfinite().all(), parameter
    assert head.hardness_head.conv_seg.weight.grad.abs().sum() > 0


def test_saved_and_copied_it_is_the_same(tmp_path):
    head = hard_head().eval()
    for twin in (copy.deepcopy(head), pickle.loads(pickle.dumps(head))):
        assert type(twin) is type(head)
        with torch.no_grad():
            assert torch.equal(twin(features()), head(features()))


def by_numpy(head, ids, class_weight=None, weight=0.01, floor=0.1):
    """Σ w l and Σ w l weight, with everything after the two logit maps in NumPy."""
    with torch.no_grad():
        maps = [
            resize(one(features(torch.float64)), size=ids.shape[2:], mode='bilinear').numpy()
            for one in (head, head.hardness_head)
        ]
    ids = ids[:, 0].numpy()
    all_hardness = all_losses = 0.0
    for b, i, j in np.ndindex(ids.shape):
        if ids[b, i, j] == 255:
            continue
        scores = np.exp(maps[0][b, :, i, j])
        losses = -np.log(scores[ids[b, i, j]] / scores.sum())
        losses *= 1 if class_weight is None else class_weight[ids[b, i, j]]
        hardness = 1 / (1 + np.exp(-maps[1][b, 0, i, j])) + floor
        all_hardness += hardness
        all_losses += hardness * losses
    return all_losses / all_hardness, -weight * all_losses / all_hardness


def exact_head(**changes):
    head = hard_head(dropout_ratio=0, **changes).double().train()
    # So that hardness differs from pixel to pixel.
    torch.nn.init.normal_(head.hardness_head.conv_seg.weight, std=3.0)
    return head


def test_the_losses_are_the_formula():
    head = exact_head(hardness=dict(weight=0.3, floor=0.2))
    losses = head.loss(features(torch.float64), data_samples(labels()), None)
    main, adversary = by_numpy(head, labels(), weight=0.3, floor=0.2)
    assert losses['loss_ce'].item() == pytest.approx(main, rel=1e-9)
    assert losses['loss_hardness'].item() == pytest.approx(adversary, rel=1e-9)
    assert set(losses) == {'loss_ce', 'loss_hardness', 'acc_seg'}


def test_several_losses_one_of_them_class_weighted():
    several = [dict(PLAIN_MEAN, loss_weight=0.5), dict(WEIGHTED, loss_name='loss_weighted')]
    head = exact_head(loss_decode=several)
    losses = head.loss(features(torch.float64), data_samples(labels()), None)
    plain, weighted = by_numpy(head, labels()), by_numpy(head, labels(), WEIGHTED['class_weight'])
    assert losses['loss_ce'].item() == pytest.approx(0.5 * plain[0], rel=1e-9)
    assert losses['loss_weighted'].item() == pytest.approx(weighted[0], rel=1e-9)
    expected = 0.5 * plain[1] + weighted[1]
    assert losses['loss_hardness'].item() == pytest.approx(expected, rel=1e-9)


def test_constant_hardness_is_the_plain_loss():
    head, plain = exact_head(), plain_head(dropout_ratio=0).double().train()
    plain.load_state_dict(head.state_dict(), strict=False)
    torch.nn.init.zeros_(head.hardness_head.conv_seg.weight)
    results = []
    for each in (head, plain):
        losses = each.loss(features(torch.float64), data_samples(labels()), None)
        losses['loss_ce'].backward()
        results.append((losses['loss_ce'], losses['acc_seg'], each.conv_seg.weight.grad))
    for ours, theirs in zip(*results, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-12)


def test_neither_head_learns_from_the_other_ones_term_and_features_only_from_the_plain_one():
    head = exact_head()
    inputs = [feature.requires_grad_() for feature in features(torch.float64)]
    losses = head.loss(inputs, data_samples(labels()), None)
    losses['loss_hardness'].backward(retain_graph=True)
    plain = [v for k, v in head.named_parameters() if not k.startswith('hardness_head.')]
    assert all(value.grad is None for value in (*plain, *inputs))
    learned = head.hardness_head.conv_seg.weight.grad.clone()
    assert learned.any()
    losses['loss_ce'].backward()
    assert torch.equal(head.hardness_head.conv_seg.weight.grad, learned)
    assert inputs[3].grad.any() and head.conv_seg.weight.grad.any()


def test_descent_makes_the_pixels_of_high_loss_hard():
    head = exact_head(hardness=dict(weight=1.0))
    with torch.no_grad():
        logits = resize(head(features(torch.float64)), size=(32, 48), mode='bilinear')
    ids = logits.argmax(1, keepdim=True)
    ids[..., 24:] = (ids[..., 24:] + 1) % NUM_CLASSES  # The right half is wrong.
    optimizer = torch.optim.SGD(head.hardness_head.parameters(), lr=2.0)
    for _ in range(30):
        optimizer.zero_grad()
        losses = head.loss(features(torch.float64), data_samples(ids), None)
        losses['loss_hardness'].backward()
        optimizer.step()
    with torch.no_grad():
        left, right = head.hardness_head(features(torch.float64))[..., [0, 2]].mean((0, 1, 2))
    assert right > left


@pytest.mark.parametrize('loss', [PLAIN_MEAN, WEIGHTED, SIGMOIDS], ids=str)
def test_an_all_ignored_batch_costs_nothing(loss):
    head = hard_head(loss_decode=loss).train()
    losses = head.loss(features(), data_samples(torch.full((2, 1, 32, 48), 255)), None)
    total(losses).backward()
    assert total(losses) == 0
    assert all(p.grad is not None and not p.grad.any() for p in head.parameters())


def test_a_binary_head_and_a_batch_without_labels():
    binary = dict(type='CrossEntropyLoss', use_sigmoid=True)
    changes = dict(num_classes=2, out_channels=1, threshold=0.5, loss_decode=binary)
    head = hard_head(**changes).train()
    losses = head.loss(features(), data_samples(labels(2)), None)
    assert losses['loss_ce'] > 0
    losses = head.loss(features(), data_samples(torch.full((2, 1, 32, 48), 255)), None)
    total(losses).backward()
    assert total(losses) == 0


def test_a_loss_of_each_class_and_pixel_counts_as_its_mean_over_the_classes():
    head = hard_head(loss_decode=SIGMOIDS, dropout_ratio=0).train()
    torch.nn.init.zeros_(head.hardness_head.conv_seg.weight)
    plain = plain_head(loss_decode=SIGMOIDS, dropout_ratio=0).train()
    plain.load_state_dict(head.state_dict(), strict=False)
    ours, theirs = (
        each.loss(features(), data_samples(labels()), None)['loss_ce'] for each in (head, plain)
    )
    torch.testing.assert_close(ours, theirs)


def test_an_ignored_class():
    """Pixels of class 2, which is to be ignored, have no part, whatever is made of them."""
    ids = labels() % NUM_CLASSES
    ids[..., :10] = 2
    changed = [features(torch.float64), features(torch.float64)]
    results = []
    for each in (ids, ids.masked_fill(ids == 2, 255)):
        head = exact_head(ignore_index=2 if each is ids else 255)
        losses = head.loss(changed.pop(), data_samples(each), None)
        results.append((losses['loss_ce'], losses['loss_hardness']))
    torch.testing.assert_close(*results, rtol=1e-12, atol=0)


@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float16])
def test_autocast(dtype):
    head = hard_head(dropout_ratio=0).train()
    exact = head.loss(features(), data_samples(labels()), None)
    with torch.autocast('cpu', dtype=dtype):
        losses = head.loss(features(), data_samples(labels()), None)
    total(losses).backward()
    for name in ('loss_ce', 'loss_hardness'):
        assert losses[name].dtype == torch.float32
        torch.testing.assert_close(losses[name], exact[name], rtol=0.02, atol=0)
    assert all(value.grad.isfinite().all() for value in head.parameters())


@pytest.mark.methods('gmm')
def test_around_the_mixture_decoder():
    """Its own losses stay, and the second one has no PostNet, which would learn nothing."""
    head = MODELS.build(
        dict(
            type='HardnessHead', head_type='GMMSkipHead', in_channels=[4, 6, 8, 12], channels=8,
            num_classes=NUM_CLASSES, latent_channels=4, global_channels=3,
            norm_cfg=dict(type='BN'), loss_decode=PLAIN_MEAN,
        )
    ).train()  # fmt: skip
    losses = head.loss(features(), data_samples(labels()), None)
    assert {'loss_ce', 'loss_hardness', 'loss_z', 'loss_g', 'loss_q'} <= set(losses)
    total(losses).backward()
    assert head.hardness_head.posterior_net is None
    assert all(value.grad is not None for value in head.parameters())


REFUSED = [
    (dict(head_type='FNCHead'), "'FNCHead' is not a registered head, did you mean F"),
    (dict(head_type='ResNet'), "'ResNet' is not a decode head of mmseg"),
    (dict(head_type='EncHead'), "'EncHead' computes its losses in a way of its own"),
    (dict(head_type='HardnessHead'), 'puts a method around a head.*use one of the two'),
    (dict(hardness=3), r'hardness=3: give its options'),
    (dict(hardness=dict(wieght=1)), "no option 'wieght', did you mean weight"),
    (dict(hardness=dict(weight=-1)), 'hardness.weight=-1: give 0 or more'),
    (dict(hardness=dict(weight='a')), "hardness.weight='a': give a number"),
    (dict(hardness=dict(floor=0)), 'hardness.floor=0: give a finite number above 0'),
    (dict(sampler=dict(type='OHEMPixelSampler')), 'FCNHead takes no sampler'),
    (dict(loss_decode=dict(type='DiceLoss')), 'each pixel, which DiceLoss does not give: with '),
    (dict(loss_decode=dict(type='LovaszLoss', reduction='none')), 'which LovaszLoss does not give'),
    (
        dict(loss_decode=[PLAIN_MEAN, dict(type='OhemCrossEntropy', loss_name='loss_o')]),
        'which OhemCrossEntropy does not give: its forward takes no reduction_override',
    ),
    (
        dict(loss_decode=dict(type='CrossEntropyLoss', use_mask=True)),
        "which CrossEntropyLoss does not give: with reduction_override='none' it fails: Assertion",
    ),
    (
        dict(loss_decode=dict(type='WeightedCrossEntropyLoss', class_weight=[1.0, 1.0])),
        'has 2 weights, but the head predicts 5 classes',
    ),
]


@pytest.mark.parametrize(('changes', 'message'), REFUSED, ids=lambda value: str(value)[:40])
def test_what_cannot_work_is_refused_with_the_reason(changes, message):
    with pytest.raises(ConfigError, match=message):
        HardnessHead(**(dict(head_type='FCNHead', **arguments()) | changes))


@pytest.mark.methods('debias')
def test_class_suppression_and_the_hardness_level_refuse_each_other():
    for outer, inner in (
        ('HardnessHead', 'ClassSuppressionHead'),
        ('ClassSuppressionHead', 'HardnessHead'),
    ):
        with pytest.raises(ConfigError, match=f"'{inner}' puts a method around a head"):
            MODELS.build(dict(type=outer, head_type=inner, **arguments()))
    with pytest.raises(ConfigError, match='computes its losses in a way of its own'):
        suppressed = MODELS.build(
            dict(type='ClassSuppressionHead', head_type='FCNHead', **arguments())
        )
        HardnessHead(head_type=type(suppressed), **arguments())


@pytest.mark.methods('boundary')
def test_a_boundary_head_is_refused():
    with pytest.raises(ConfigError, match='does not learn the classes of the labels'):
        HardnessHead(head_type='ContourHead', num_classes=3, channels=8, **LAST)
