"""Class-wise clipping: by hand, by autograd through a bias, in NumPy, and in two processes."""

import math
import socket

import numpy as np
import pytest
import torch
from mmengine.dist import all_reduce
from mmseg.registry import MODELS

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.losses import ClasswiseClippedLoss
from mmseg_ext.losses.classwise_clipped import class_gradients


def example(dtype=torch.float64, ignored=0.3, batch=2):
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(batch, 4, 5, 6, generator=generator, dtype=dtype)
    # Class 3 is not there, and class 0 is common.
    labels = torch.randint(-3, 3, (batch, 5, 6), generator=generator).clamp(min=0)
    labels[torch.rand(labels.shape, generator=generator) < ignored] = 255
    return logits.requires_grad_(True), labels


def by_numpy(logits, labels, limit=None, rescale=False, pixel_weight=None):
    """The loss, the gradient of the logits and the norms, one pixel after the other."""
    logits, labels = logits.detach().numpy(), labels.numpy()
    classes = logits.shape[1]
    gradients, counts = np.zeros((classes, classes)), np.zeros(classes)
    pixels = [place for place in np.ndindex(labels.shape) if labels[place] != 255]
    losses, residuals = {}, {}
    for b, i, j in pixels:
        label = labels[b, i, j]
        scores = np.exp(logits[b, :, i, j])
        factor = 1 if pixel_weight is None else float(pixel_weight[b, i, j])
        residuals[b, i, j] = factor * (scores / scores.sum() - np.eye(classes)[label])
        losses[b, i, j] = -factor * np.log(scores[label] / scores.sum())
        gradients[label] += residuals[b, i, j]
        counts[label] += 1
    norms = np.sqrt((gradients**2).sum(1))
    limit = np.median(norms[counts > 0]) if limit is None else limit
    factors = np.array([min(1, limit / norm) if norm else 1 for norm in norms])
    if rescale:
        factors /= (factors * counts).sum() / counts.sum()
    loss, gradient = 0.0, np.zeros_like(logits)
    for b, i, j in pixels:
        loss += factors[labels[b, i, j]] * losses[b, i, j] / len(pixels)
        gradient[b, :, i, j] = factors[labels[b, i, j]] * residuals[b, i, j] / len(pixels)
    return loss, gradient, norms


def test_by_hand():
    """Equal logits: G is 3 (-1/2, 1/2) and (1/2, -1/2), the median 2 of 3 and 1 times √½."""
    logits, labels = torch.zeros(1, 2, 1, 4), torch.tensor([[[0, 0, 0, 1]]])
    loss = ClasswiseClippedLoss()(logits, labels)
    assert loss.item() == pytest.approx((3 * 2 / 3 + 1) * math.log(2) / 4)
    # A limit of √½ / 2 takes a sixth of the one and a half of the other.
    loss = ClasswiseClippedLoss(max_norm=math.sqrt(0.5) / 2)(logits, labels)
    assert loss.item() == pytest.approx((3 / 6 + 1 / 2) * math.log(2) / 4)
    loss = ClasswiseClippedLoss(rescale=True)(logits, labels)
    assert loss.item() == pytest.approx(math.log(2))


@pytest.mark.parametrize('limit', [None, 1.5])
@pytest.mark.parametrize('rescale', [False, True])
@pytest.mark.parametrize('weighted', [False, True])
def test_loss_and_gradient_equal_the_formula(limit, rescale, weighted):
    logits, labels = example()
    pixels = None
    if weighted:
        pixels = torch.rand(labels.shape, generator=torch.Generator().manual_seed(1)).double()
    loss = ClasswiseClippedLoss('median' if limit is None else limit, rescale=rescale)
    value = loss(logits, labels, weight=pixels)
    value.backward()
    expected, gradient, _ = by_numpy(logits, labels, limit, rescale, pixels)
    assert value.item() == pytest.approx(expected, rel=1e-10)
    np.testing.assert_allclose(logits.grad, gradient, rtol=1e-9, atol=1e-12)


def test_the_gradients_are_those_of_a_bias():
    logits, labels = example()
    found, counts = class_gradients(logits.detach(), labels, labels != 255)
    for label in range(4):
        bias = torch.zeros(4, 1, 1, dtype=torch.float64, requires_grad=True)
        only = labels.masked_fill(labels != label, 255)
        summed = torch.nn.functional.cross_entropy(
            logits.detach() + bias, only, ignore_index=255, reduction='sum'
        )
        summed.backward()
        torch.testing.assert_close(found[label], bias.grad[:, 0, 0])
        assert counts[label] == (labels == label).sum()


def test_no_class_pulls_harder_than_the_limit():
    logits, labels = example()
    norms = by_numpy(logits, labels)[2]
    limit = norms.max() / 3
    each = ClasswiseClippedLoss(limit)(logits, labels, reduction_override='none')
    assert each.shape == labels.shape
    for label in range(3):
        pull = torch.autograd.grad(each[labels == label].sum(), logits, retain_graph=True)[0]
        pull = pull.sum((0, 2, 3)).norm().item()
        assert pull == pytest.approx(min(norms[label], limit))


def test_a_limit_that_no_class_reaches_is_plain_cross_entropy():
    logits, labels = example(torch.float32)
    plain = MODELS.build(dict(type='CrossEntropyLoss', avg_non_ignore=True))
    expected = plain(logits, labels, ignore_index=255)
    for rescale in (False, True):
        loss = ClasswiseClippedLoss(1e6, rescale=rescale, loss_weight=0.5)
        torch.testing.assert_close(loss(logits, labels), 0.5 * expected)


def test_gradcheck():
    """Where nothing is clipped; clipping stops a gradient, which finite differences do not."""
    logits, labels = example()
    loss = ClasswiseClippedLoss(1e6)
    assert torch.autograd.gradcheck(lambda value: loss(value, labels), logits)


@pytest.mark.parametrize('rescale', [False, True])
@pytest.mark.parametrize('max_norm', ['median', 2.0])
def test_a_batch_without_labels_costs_nothing(rescale, max_norm):
    logits, labels = example()
    loss = ClasswiseClippedLoss(max_norm, rescale=rescale)(logits, torch.full_like(labels, 255))
    loss.backward()
    assert loss == 0 and not logits.grad.any()


@pytest.mark.parametrize('rescale', [False, True])
def test_logits_that_are_right_beyond_doubt(rescale):
    labels = torch.tensor([[[0, 1]]])
    logits = (torch.eye(2)[labels] * 1e4).permute(0, 3, 1, 2).requires_grad_(True)
    loss = ClasswiseClippedLoss(rescale=rescale)(logits, labels)
    loss.backward()
    assert loss == 0 and not logits.grad.any()


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
def test_half_precision_and_many_pixels(dtype):
    """300,000 pixels of one class are more than float16 can count to."""
    logits = torch.randn(1, 2, 600, 1000, generator=torch.Generator().manual_seed(0)).to(dtype)
    labels = (torch.arange(600)[:, None] >= 300).long().expand(1, 600, 1000).contiguous()
    loss = ClasswiseClippedLoss()
    expected = loss(logits.double(), labels)
    torch.testing.assert_close(loss(logits, labels).double(), expected, rtol=1e-5, atol=0)
    with torch.autocast('cpu', dtype=dtype):
        torch.testing.assert_close(loss(logits, labels).double(), expected, rtol=1e-5, atol=0)


def of_one_process(rank, port, folder):
    torch.distributed.init_process_group(
        'gloo', init_method=f'tcp://127.0.0.1:{port}', rank=rank, world_size=2
    )
    logits, labels = example(ignored=0)
    half = logits.detach()[rank : rank + 1].requires_grad_(True)
    ClasswiseClippedLoss(rescale=True)(half, labels[rank : rank + 1]).backward()
    # What DistributedDataParallel does: the mean of the gradients of a bias.
    gradient = half.grad.sum((0, 2, 3))
    all_reduce(gradient, 'mean')
    # One process without labels, which must not wait for the other, nor that for it.
    nothing = ClasswiseClippedLoss()(half, torch.full((1, 5, 6), 255) if rank else labels[:1])
    torch.save((gradient, nothing.detach()), f'{folder}/{rank}.pth')
    torch.distributed.destroy_process_group()


@pytest.mark.slow
def test_two_processes_weigh_as_one_with_both_batches(tmp_path):
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    torch.multiprocessing.spawn(of_one_process, (port, str(tmp_path)), nprocs=2)
    logits, labels = example(ignored=0)
    ClasswiseClippedLoss(rescale=True)(logits, labels).backward()
    first, second = (torch.load(tmp_path / f'{rank}.pth') for rank in (0, 1))
    torch.testing.assert_close(first[0], logits.grad.sum((0, 2, 3)))
    torch.testing.assert_close(second[0], first[0])
    assert first[1] > 0 and second[1] == 0


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (dict(max_norm=0), "max_norm=0: give a finite number above 0, or 'median'"),
        (dict(max_norm=math.nan), 'max_norm=nan: give a finite number above 0'),
        (dict(max_norm='mean'), "max_norm='mean': give a finite number above 0"),
        (dict(max_norm=True), 'max_norm=True: give a finite number above 0'),
        (dict(loss_weight=-1), 'loss_weight=-1: give 0 or more'),
    ],
)
def test_arguments_that_cannot_work(arguments, message):
    with pytest.raises(ConfigError, match=message):
        ClasswiseClippedLoss(**arguments)


def test_one_output_is_refused():
    with pytest.raises(ConfigError, match='needs a logit for each class'):
        ClasswiseClippedLoss()(torch.zeros(1, 1, 2, 2), torch.zeros(1, 2, 2, dtype=torch.long))
