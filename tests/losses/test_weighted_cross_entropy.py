"""Class-weighted cross-entropy: mmseg's own where that works, formulas where it does not."""

import numpy as np
import pytest
import torch
from mmseg.registry import DATASETS, MODELS

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.losses import WeightedCrossEntropyLoss

WEIGHTS = [1.0, 2.0, 0.5, 20.0]


def example(dtype=torch.float64, ignored=0.0):
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(2, 4, 5, 6, generator=generator, dtype=dtype)
    labels = torch.randint(0, 4, (2, 5, 6), generator=generator)
    labels[torch.rand(labels.shape, generator=generator) < ignored] = 255
    return logits.requires_grad_(True), labels


def by_formula(logits, labels, pixel_weight=None):
    logits, labels = logits.detach().numpy(), labels.numpy()
    total = mass = 0.0
    for b, i, j in np.ndindex(labels.shape):
        if labels[b, i, j] == 255:
            continue
        scores = np.exp(logits[b, :, i, j])
        weight = WEIGHTS[labels[b, i, j]]
        factor = 1 if pixel_weight is None else float(pixel_weight[b, i, j])
        total -= factor * weight * np.log(scores[labels[b, i, j]] / scores.sum())
        mass += weight
    return total / mass


@pytest.mark.parametrize('ignored', [0.0, 0.4])
def test_equals_the_formula(ignored):
    logits, labels = example(ignored=ignored)
    loss = WeightedCrossEntropyLoss(WEIGHTS, loss_weight=0.5)(logits, labels)
    assert loss.item() == pytest.approx(0.5 * by_formula(logits, labels), rel=1e-10)


def test_equals_that_of_mmseg_where_nothing_is_ignored():
    logits, labels = example(torch.float32)
    reference = MODELS.build(dict(type='CrossEntropyLoss', class_weight=WEIGHTS))
    ours = WeightedCrossEntropyLoss(WEIGHTS)
    torch.testing.assert_close(ours(logits, labels), reference(logits, labels, ignore_index=255))
    assert ours.loss_name == reference.loss_name


def test_weights_of_single_pixels():
    logits, labels = example(ignored=0.3)
    pixels = torch.rand(labels.shape, generator=torch.Generator().manual_seed(1))
    loss = WeightedCrossEntropyLoss(WEIGHTS)(logits, labels, weight=pixels)
    assert loss.item() == pytest.approx(by_formula(logits, labels, pixels), rel=1e-6)


def test_gradcheck():
    logits, labels = example(ignored=0.4)
    loss = WeightedCrossEntropyLoss(WEIGHTS)
    assert torch.autograd.gradcheck(lambda value: loss(value, labels), logits)


def test_a_batch_without_labels_costs_nothing():
    logits, labels = example()
    loss = WeightedCrossEntropyLoss(WEIGHTS)(logits, torch.full_like(labels, 255))
    loss.backward()
    assert loss == 0 and not logits.grad.any()


def test_half_precision_logits_do_not_round_the_weights():
    """With one class alone the weight cancels, so it is that of plain cross-entropy."""
    logits, labels = example(torch.float32)
    logits, labels = logits.detach().to(torch.bfloat16), torch.zeros_like(labels)
    loss = WeightedCrossEntropyLoss([1.1116, 1.0, 1.0, 1.0])(logits, labels)
    plain = torch.nn.functional.cross_entropy(logits.float(), labels)
    torch.testing.assert_close(loss, plain, rtol=1e-5, atol=0)


def test_whole_numbers_as_weights():
    logits, labels = example()
    whole, same = WeightedCrossEntropyLoss([1, 2, 5, 20]), WeightedCrossEntropyLoss([1.0, 2, 5, 20])
    assert torch.equal(whole(logits, labels), same(logits, labels))


def test_ohem_without_threshold_chooses_the_pixels_that_it_chooses_by_the_loss_of_mmseg():
    logits, labels = example(torch.float32)

    def chosen(loss):
        head = MODELS.build(
            dict(
                type='FCNHead', in_channels=2, channels=2, num_classes=4, num_convs=1,
                loss_decode=dict(type=loss, class_weight=WEIGHTS),
                sampler=dict(type='OHEMPixelSampler', min_kept=10),
            )
        )  # fmt: skip
        return head.sampler.sample(logits, labels[:, None])

    ours = chosen('WeightedCrossEntropyLoss')
    assert ours.sum() == 20
    assert torch.equal(ours, chosen('CrossEntropyLoss'))


def test_the_number_of_weights_is_checked():
    logits, labels = example()
    with pytest.raises(ConfigError, match='has 3 class weights, but the head predicts 4 classes'):
        WeightedCrossEntropyLoss(WEIGHTS[:3])(logits, labels)


def test_no_weight_goes_into_a_checkpoint():
    assert not WeightedCrossEntropyLoss(WEIGHTS).state_dict()


CAMVID = [0.516, 0.439, 2.137, 0.376, 1.000, 0.679, 1.956, 1.996, 0.875, 2.648, 3.920]
"""The square roots of 4.671 % by the shares of tools/check_data.py, by a pocket calculator."""


def registered(monkeypatch, **metainfo):
    """A data set that has a METAINFO and nothing else: no data could be read."""
    dataset = type('Known', (), dict(METAINFO=metainfo))
    monkeypatch.setitem(DATASETS.module_dict, 'Known', dataset)
    return dict(class_weight='auto', dataset='Known')


def test_weights_of_the_shares_of_a_data_set(monkeypatch):
    loss = MODELS.build(
        dict(type='WeightedCrossEntropyLoss', class_weight='auto', dataset='CamVidDataset')
    )
    np.testing.assert_allclose(loss.class_weight, CAMVID, atol=5e-4)
    known = registered(monkeypatch, classes=('a', 'b', 'c'), train_shares=dict(c=4, a=64, b=16))
    assert WeightedCrossEntropyLoss(**known).class_weight.tolist() == [0.5, 1, 2]
    assert WeightedCrossEntropyLoss(**known, power=1).class_weight.tolist() == [0.25, 1, 4]
    assert WeightedCrossEntropyLoss(**known, power=0).class_weight.tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ('metainfo', 'message'),
    [
        (
            dict(classes=('a', 'b')),
            'the METAINFO of Known has no train_shares; give the weights in',
        ),
        (dict(classes=('a', 'b'), train_shares=dict(a=100)), "no share of 'b'"),
        (dict(classes=('a', 'b'), train_shares=dict(a=100, b=0)), "a share of 0 for 'b'"),
    ],
)
def test_shares_that_no_weight_follows_from(monkeypatch, metainfo, message):
    with pytest.raises(ConfigError, match=f"class_weight='auto': .*{message}"):
        WeightedCrossEntropyLoss(**registered(monkeypatch, **metainfo))


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (dict(class_weight='auto'), 'needs dataset, whose train_shares it takes'),
        (dict(class_weight='auto', dataset='CamvidDataset'), 'did you mean CamVidDataset'),
        (dict(class_weight='auto', dataset='CamVidDataset', power=-1), 'power=-1: give 0 or more'),
        (dict(class_weight='median'), "class_weight='median': give a list of numbers, or 'auto'"),
        (dict(class_weight=[1.0], dataset='CamVidDataset'), 'the weights are given'),
    ],
)
def test_arguments_that_give_no_weights(arguments, message):
    with pytest.raises(ConfigError, match=message):
        WeightedCrossEntropyLoss(**arguments)


@pytest.mark.parametrize('ignored', [0.0, 0.4, 1.0])
@pytest.mark.parametrize('dtype', [torch.float64, torch.float32, torch.bfloat16])
def test_not_a_bit_differs_from_what_bincount_gives(dtype, ignored):
    """Counted on the device, the mass of the labelled pixels is the same number."""
    logits, labels = example(dtype, ignored)
    WeightedCrossEntropyLoss(WEIGHTS)(logits, labels).backward()

    same = logits.detach().requires_grad_()
    losses = torch.nn.functional.cross_entropy(
        same.to(torch.promote_types(dtype, torch.float32)),
        labels,
        torch.tensor(WEIGHTS).to(torch.promote_types(dtype, torch.float32)),
        ignore_index=255,
        reduction='none',
    )
    mass = (torch.bincount(labels[labels != 255], minlength=4) * torch.tensor(WEIGHTS)).sum()
    (losses.sum() / mass.clamp(min=torch.finfo(mass.dtype).tiny)).backward()
    assert torch.equal(logits.grad, same.grad)
