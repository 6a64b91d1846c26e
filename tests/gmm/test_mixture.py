"""The mixture against torch.distributions, Monte Carlo and drawn cases."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.autograd import gradcheck
from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal, kl_divergence

from mmseg_ext.gmm import GaussianMixture, effective_components
from mmseg_ext.gmm.mixture import LOG_VARIANCE_LIMIT
from mmseg_ext.gmm.mixture_net import MixtureNet

BATCH, COMPONENTS, CHANNELS, SIZE = 2, 3, 4, (2, 3)


def parameters(seed=0, dtype=torch.float64, scale=1.0):
    generator = torch.Generator().manual_seed(seed)

    def draw(*shape):
        return scale * torch.randn(*shape, generator=generator, dtype=dtype)

    return (
        draw(BATCH, COMPONENTS, *SIZE),
        draw(BATCH, COMPONENTS, CHANNELS),
        draw(BATCH, COMPONENTS, CHANNELS),
    )


def mixture(seed=0, **options):
    return GaussianMixture(*parameters(seed, **options))


def torch_mixture(of: GaussianMixture, image: int, row: int, column: int) -> MixtureSameFamily:
    """The same distribution at one location, by torch.distributions."""
    return MixtureSameFamily(
        Categorical(logits=of.logits[image, :, row, column]),
        Independent(Normal(of.mean[image], (0.5 * of.log_var[image]).exp()), 1),
    )


def locations():
    return [(b, y, x) for b in range(BATCH) for y in range(SIZE[0]) for x in range(SIZE[1])]


def test_a_drawn_mixture():
    """Two components at 0 and 10: one location has the first, one the second, one half of each."""
    logits = torch.tensor([[[[50.0, -50.0, 0.0]], [[-50.0, 50.0, 0.0]]]])
    drawn = GaussianMixture(logits, torch.tensor([[[0.0], [10.0]]]), torch.zeros(1, 2, 1))
    torch.testing.assert_close(drawn.expected(), torch.tensor([[[[0.0, 10.0, 5.0]]]]))
    torch.testing.assert_close(drawn.usage(), torch.tensor([0.5, 0.5]))
    standard = -0.5 * math.log(2 * math.pi)
    torch.testing.assert_close(
        drawn.log_prob(torch.tensor([[[[0.0, 10.0, 5.0]]]])),
        torch.tensor([[[standard, standard, standard - 12.5]]]),
    )


def test_expected_is_the_mean_of_torch_distributions():
    ours = mixture()
    expected = ours.expected()
    for b, y, x in locations():
        torch.testing.assert_close(expected[b, :, y, x], torch_mixture(ours, b, y, x).mean)


def test_log_prob_equals_torch_distributions():
    ours = mixture()
    z = torch.randn(BATCH, CHANNELS, *SIZE, dtype=torch.float64)
    log_prob = ours.log_prob(z)
    for b, y, x in locations():
        reference = torch_mixture(ours, b, y, x).log_prob(z[b, :, y, x])
        torch.testing.assert_close(log_prob[b, y, x], reference, rtol=1e-12, atol=1e-12)


def test_bound_equals_the_divergence_of_component_and_value_together():
    ours, other = mixture(1), mixture(2)
    bound = ours.kl_bound(other)
    for b, y, x in locations():
        p, q = torch_mixture(ours, b, y, x), torch_mixture(other, b, y, x)
        reference = kl_divergence(p.mixture_distribution, q.mixture_distribution)
        components = kl_divergence(p.component_distribution, q.component_distribution)
        reference = reference + (p.mixture_distribution.probs * components).sum()
        torch.testing.assert_close(bound[b, y, x], reference, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize('seed', range(4))
def test_bound_is_not_below_a_monte_carlo_estimate_of_the_divergence(seed):
    ours, other = mixture(seed), mixture(seed + 100)
    bound = ours.kl_bound(other)
    for b, y, x in locations():
        p, q = torch_mixture(ours, b, y, x), torch_mixture(other, b, y, x)
        z = p.sample((20000,))
        terms = p.log_prob(z) - q.log_prob(z)
        error = terms.std() / math.sqrt(len(terms))
        assert bound[b, y, x] >= terms.mean() - 4 * error
        assert terms.mean() > 4 * error, 'the case must have a divergence to bound'


def test_bound_and_estimate_are_0_for_equal_mixtures():
    torch.testing.assert_close(
        mixture().kl_bound(mixture()), torch.zeros(BATCH, *SIZE, dtype=torch.float64)
    )


@settings(max_examples=50)
@given(seeds=st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), scale=st.floats(0.01, 20))
def test_bound_is_never_negative(seeds, scale):
    ours, other = (mixture(seed, scale=scale) for seed in seeds)
    assert (ours.kl_bound(other) >= -1e-9).all()


def test_the_order_of_the_components_does_not_matter():
    order = torch.tensor([2, 0, 1])
    (logits, mean, log_var), other = parameters(), mixture(5)
    ours = GaussianMixture(logits, mean, log_var)
    turned = GaussianMixture(logits[:, order], mean[:, order], log_var[:, order])
    turned_other = GaussianMixture(
        other.logits[:, order], other.mean[:, order], other.log_var[:, order]
    )
    z = torch.randn(BATCH, CHANNELS, *SIZE, dtype=torch.float64)
    torch.testing.assert_close(turned.expected(), ours.expected())
    torch.testing.assert_close(turned.log_prob(z), ours.log_prob(z))
    torch.testing.assert_close(turned.kl_bound(turned_other), ours.kl_bound(other))


def test_draws_have_the_moments_of_the_mixed_components():
    """z = sum_k pi_k z_k with independent z_k: mean sum pi mu, variance sum pi^2 sigma^2."""
    ours = mixture()
    draws = torch.stack([ours.rsample() for _ in range(4000)])
    variance = torch.einsum('bkhw,bkd->bdhw', ours.responsibilities**2, ours.log_var.exp())
    error = (variance / len(draws)).sqrt()
    assert ((draws.mean(0) - ours.expected()).abs() < 5 * error).all()
    torch.testing.assert_close(draws.var(0), variance, rtol=0.15, atol=0)


@pytest.mark.parametrize('name', ['expected', 'usage', 'rsample', 'log_prob', 'kl_bound'])
def test_gradcheck(name):
    other = mixture(7)
    z = torch.randn(BATCH, CHANNELS, *SIZE, dtype=torch.float64)

    def compute(*values):
        torch.manual_seed(0)
        ours = GaussianMixture(*values)
        arguments = dict(log_prob=(z,), kl_bound=(other,)).get(name, ())
        return getattr(ours, name)(*arguments)

    assert gradcheck(compute, [value.requires_grad_() for value in parameters(3)])


def test_gradcheck_of_the_bound_to_the_other_mixture():
    ours = mixture(1)
    values = [value.requires_grad_() for value in parameters(2)]
    assert gradcheck(lambda *v: ours.kl_bound(GaussianMixture(*v)), values)


@pytest.mark.parametrize('log_var', [-1e4, -LOG_VARIANCE_LIMIT, LOG_VARIANCE_LIMIT, 1e4])
@pytest.mark.parametrize('saturated', [1.0, 1e4])
@pytest.mark.parametrize('dtype', [torch.float32, torch.bfloat16])
def test_finite_at_the_clamps_and_for_saturated_responsibilities(log_var, saturated, dtype):
    logits, mean, _ = parameters(dtype=torch.float32)
    logits = (saturated * logits).to(dtype)
    values = [logits, mean.to(dtype), torch.full_like(mean, log_var).to(dtype)]
    values = [value.requires_grad_() for value in values]
    ours, other = GaussianMixture(*values), mixture(9, dtype=torch.float32, scale=10)
    results = [
        ours.expected(), ours.rsample(), ours.kl_bound(other),
        other.kl_bound(ours), ours.log_prob(torch.randn(BATCH, CHANNELS, *SIZE)),
    ]  # fmt: skip
    for result in results:
        assert result.dtype == torch.float32
        assert result.isfinite().all()
    sum(result.sum() for result in results).backward()
    assert all(value.grad.isfinite().all() for value in values)


def test_the_log_variance_is_clamped():
    logits, mean, log_var = parameters()
    clamped = GaussianMixture(logits, mean, log_var + 100).log_var
    torch.testing.assert_close(clamped, torch.full_like(clamped, 8.0))


def test_half_precision_of_autocast_reaches_the_mixture_only_in_its_inputs():
    with torch.autocast('cpu', torch.bfloat16):
        ours, other = mixture(1, dtype=torch.float32), mixture(2, dtype=torch.float32)
        bound, expected = ours.kl_bound(other), ours.expected()
    ours, other = mixture(1, dtype=torch.float32), mixture(2, dtype=torch.float32)
    torch.testing.assert_close(bound, ours.kl_bound(other))
    torch.testing.assert_close(expected, ours.expected())


def test_the_pooled_feature_of_a_large_image_fits_half_precision():
    torch.manual_seed(0)
    net = MixtureNet(4, 2, 3)
    with torch.autocast('cpu', torch.float16):
        large = net(torch.full((1, 4, 192, 192), 3.0), torch.zeros(2, 3))
    small = net(torch.full((1, 4, 2, 2), 3.0), torch.zeros(2, 3))
    torch.testing.assert_close(large.mean, small.mean, rtol=1e-2, atol=1e-2)


@pytest.mark.parametrize(
    ('usage', 'expected'),
    [([0.25] * 4, 4.0), ([1.0, 0.0, 0.0], 1.0), ([0.5, 0.5, 0.0], 2.0)],
)
def test_effective_components(usage, expected):
    assert effective_components(torch.tensor(usage)).item() == pytest.approx(expected)


def test_shapes_that_do_not_belong_together_are_refused():
    logits, mean, log_var = parameters()
    with pytest.raises(ValueError, match=r'\(2, 2, 2, 3\)'):
        GaussianMixture(logits[:, :2], mean, log_var)
    with pytest.raises(ValueError, match='log_var'):
        GaussianMixture(logits, mean, log_var[..., :2])
