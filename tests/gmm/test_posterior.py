"""Labels on a grid, PostNet, the global latent."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.distributions import Independent, Normal, kl_divergence

from mmseg_ext.gmm import GlobalLatent, MixtureNet, PosteriorNet, label_shares
from mmseg_ext.gmm.posterior import share_cross_entropy

I = 255  # noqa: E741 - drawn in the map


def test_shares_of_a_drawn_map():
    labels = torch.tensor([[[0, 0, 1, I],
                            [0, 2, I, I],
                            [I, I, 1, 1],
                            [I, I, 1, 1]]])  # fmt: skip
    shares = label_shares(labels, 3, (2, 2))
    expected = torch.tensor([[[[0.75, 0.0], [0.0, 0.0]],
                              [[0.0, 0.25], [0.0, 1.0]],
                              [[0.25, 0.0], [0.0, 0.0]]]])  # fmt: skip
    torch.testing.assert_close(shares, expected)


def test_shares_equal_average_pooled_one_hot_labels():
    labels = torch.randint(0, 6, (2, 24, 32))
    labels[labels == 5] = 255
    one_hot = F.one_hot(labels.masked_fill(labels == 255, 5), 6)[..., :5].permute(0, 3, 1, 2)
    torch.testing.assert_close(label_shares(labels, 5, (6, 8)), F.avg_pool2d(one_hot.float(), 4))


@settings(max_examples=40)
@given(
    height=st.integers(1, 17), width=st.integers(1, 17), rows=st.integers(1, 7),
    columns=st.integers(1, 7), seed=st.integers(0, 1000),
)  # fmt: skip
def test_shares_count_every_labelled_pixel_once(height, width, rows, columns, seed):
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(0, 4, (2, height, width), generator=generator)
    labels[labels == 3] = 255
    shares = label_shares(labels, 3, (rows, columns))
    ones = label_shares(torch.zeros_like(labels), 1, (rows, columns))
    pixels = torch.zeros(rows, columns)
    for y in range(height):
        for x in range(width):
            pixels[y * rows // height, x * columns // width] += 1
    assert ((ones[:, 0] == 1) == (pixels > 0)).all()
    counts = (shares * pixels).sum((2, 3))
    expected = torch.stack([(labels == c).sum((1, 2)) for c in range(3)], dim=1)
    torch.testing.assert_close(counts, expected.float())


@pytest.mark.parametrize('ignored', [0.0, 0.3, 1.0])
def test_not_a_bit_differs_from_shares_of_bincount(ignored):
    generator = torch.Generator().manual_seed(1)
    labels = torch.randint(0, 5, (3, 19, 23), generator=generator)
    labels[torch.rand(labels.shape, generator=generator) < ignored] = 255
    row, column = torch.arange(19) * 4 // 19, torch.arange(23) * 6 // 23
    cell = (row[:, None] * 6 + column).expand(3, -1, -1)
    expected = torch.zeros(3, 5, 24)
    for image in range(3):
        for c in range(5):
            own = torch.bincount(cell[image][labels[image] == c], minlength=24)
            expected[image, c] = own / torch.bincount(cell[image].flatten())
    assert torch.equal(label_shares(labels, 5, (4, 6)), expected.view(3, 5, 4, 6))


def test_cross_entropy_with_whole_cells_is_that_of_torch():
    logits = torch.randn(2, 4, 3, 5)
    labels = torch.randint(0, 4, (2, 3, 5))
    labels[0, 1] = 255
    loss = share_cross_entropy(logits, label_shares(labels, 4, (3, 5)))
    torch.testing.assert_close(loss, F.cross_entropy(logits, labels, ignore_index=255))


def test_nothing_labelled_costs_nothing():
    logits = torch.randn(2, 4, 3, 5, requires_grad=True)
    loss = share_cross_entropy(logits, label_shares(torch.full((2, 6, 10), 255), 4, (3, 5)))
    loss.backward()
    assert loss == 0 and (logits.grad == 0).all()


PROTOTYPES = torch.randn(4, 8, generator=torch.Generator().manual_seed(0))


def posterior_net():
    return PosteriorNet(
        in_channels=6, num_classes=3, num_components=4, channels=8, norm_cfg=dict(type='BN')
    )


def test_posterior_net_sees_labels_and_image_but_does_not_train_the_encoder():
    net = posterior_net()
    feature = torch.randn(2, 6, 12, 16, requires_grad=True)
    labels = torch.randint(0, 3, (2, 48, 64))
    shares = label_shares(labels, 3, (12, 16))
    mixture = net(feature, shares, PROTOTYPES, (3, 4))
    assert mixture.logits.shape == (2, 4, 3, 4) and mixture.mean.shape == (2, 4, 8)
    loss = net.classification_loss(mixture, label_shares(labels, 3, (3, 4)))
    (loss + mixture.log_prob(torch.zeros(2, 8, 3, 4)).sum()).backward()
    assert feature.grad is None
    for name, parameter in net.named_parameters():
        assert parameter.grad is not None and parameter.grad.isfinite().all(), name
    other = net(feature, shares.flip(1), PROTOTYPES, (3, 4))
    assert not torch.allclose(other.mean, mixture.mean)
    other = net(feature + 1, shares, PROTOTYPES, (3, 4))
    assert not torch.allclose(other.mean, mixture.mean)


def test_the_posterior_learns_its_labels_from_labels_alone():
    net = posterior_net()
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    feature = torch.zeros(2, 6, 12, 16)
    labels = torch.randint(0, 3, (2, 3, 4)).repeat_interleave(16, 1).repeat_interleave(16, 2)
    fine, coarse = (label_shares(labels, 3, size) for size in ((12, 16), (3, 4)))
    losses = []
    for _ in range(100):
        loss = net.classification_loss(net(feature, fine, PROTOTYPES, (3, 4)), coarse)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.2 < 0.8 < losses[0]


def test_means_are_pooled_by_the_responsibilities():
    net = MixtureNet(in_channels=5, num_components=3, channels=2)
    feature = torch.randn(1, 5, 2, 3)
    prototypes = torch.randn(3, 2)
    mixture = net(feature, prototypes)
    for k in range(3):
        weights = mixture.responsibilities[0, k]
        pooled = (weights * feature[0]).sum((1, 2)) / weights.sum()
        expected = prototypes[k] + net.mean.weight @ pooled + net.mean.bias
        torch.testing.assert_close(mixture.mean[0, k], expected)


@pytest.mark.parametrize('training', [True, False])
def test_global_latent(training):
    net = GlobalLatent(in_channels=5, channels=3).train(training)
    feature = torch.randn(2, 5, 4, 6)
    g, divergence = net(feature)
    pooled = feature.mean((2, 3))
    mean, log_var = net.mean(pooled), net.log_var(pooled)
    q = Independent(Normal(mean, (0.5 * log_var).exp()), 1)
    prior = Independent(Normal(torch.zeros_like(mean), torch.ones_like(mean)), 1)
    torch.testing.assert_close(divergence, kl_divergence(q, prior).mean())
    assert torch.equal(g, net(feature)[0]) == (not training)
    assert torch.equal(g, mean) == (not training)
