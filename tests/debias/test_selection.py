"""Feature selection against the formulas."""

import pytest
import torch
from torch import nn

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.debias import FeatureSelection, class_weights

BN = dict(type='BN')


def test_class_information_is_the_positive_gradient_of_the_logit():
    """A * ReLU(W_c) is the gradient of logit c times A, kept where positive (A >= 0)."""
    classifier = nn.Conv2d(6, 4, 1)
    feature = torch.rand(2, 6, 3, 5, requires_grad=True)
    for index, weight in enumerate(class_weights(classifier)):
        (gradient,) = torch.autograd.grad(classifier(feature)[:, index].sum(), feature)
        torch.testing.assert_close(
            (feature * gradient).clamp(min=0), feature * weight.relu().view(1, -1, 1, 1)
        )


@pytest.mark.parametrize('keep', [None, [1, 1, 1], [1, 0, 1], [0, 0, 1]])
def test_training_equals_the_formula(keep):
    torch.manual_seed(0)
    selection = FeatureSelection(4, BN).double().train()
    feature = torch.rand(2, 4, 3, 5, dtype=torch.float64)
    weights = torch.randn(3, 4, dtype=torch.float64)
    kept = [weights[c].clamp(min=0) for c in range(3) if keep is None or keep[c]]
    if keep is not None:
        keep = torch.tensor(keep, dtype=torch.float64)

    selected = feature * (sum(kept) / len(kept)).view(1, 4, 1, 1)
    mixed = torch.einsum('oi,bihw->bohw', selection.conv.weight[..., 0, 0], selected)
    mean = mixed.mean((0, 2, 3), keepdim=True)
    variance = mixed.var((0, 2, 3), keepdim=True, unbiased=False)
    expected = ((mixed - mean) / (variance + selection.norm.eps).sqrt()).clamp(min=0)

    torch.testing.assert_close(selection(feature, weights, keep), expected, rtol=1e-9, atol=1e-9)


def test_running_statistics_are_those_of_inference():
    torch.manual_seed(0)
    dropping, keeping = FeatureSelection(4, BN).train(), FeatureSelection(4, BN).train()
    keeping.load_state_dict(dropping.state_dict())
    weights = torch.randn(3, 4)
    for _ in range(3):
        feature = torch.rand(2, 4, 3, 5)
        dropping(feature, weights, torch.tensor([1.0, 0.0, 1.0]))
        keeping(feature, weights, None)
    for name, value in keeping.norm.named_buffers():
        torch.testing.assert_close(dropping.norm.get_buffer(name), value, msg=name)
    assert not torch.equal(dropping.norm.running_var, torch.ones(4))


def test_half_precision_is_kept_at_the_start_of_a_training():
    """w is about 0.004 then: anything large beside it, such as a bias, would take its digits."""
    torch.manual_seed(0)
    classifier = nn.Conv2d(128, 11, 1)
    nn.init.normal_(classifier.weight, std=0.01)
    selection = FeatureSelection(128, BN).train()
    feature = torch.randn(4, 128, 16, 16).relu()
    arguments = (class_weights(classifier).detach(), None)
    expected = selection(feature, *arguments)
    with torch.autocast('cpu', torch.bfloat16):
        half = selection(feature, *arguments)
    assert (half - expected).norm() / expected.norm() < 0.01


def test_gradcheck():
    torch.manual_seed(0)
    selection = FeatureSelection(3, BN).double()
    feature = torch.rand(2, 3, 2, 3, dtype=torch.float64, requires_grad=True)
    weights = (torch.randn(4, 3, dtype=torch.float64) * 2).requires_grad_(True)
    keep = torch.tensor([1, 0, 1, 1], dtype=torch.float64)
    for mode in (selection.train(), selection.eval()):
        parameters = tuple(mode.parameters())

        def forward(feature, weights, *_, mode=mode):
            return mode(feature, weights, keep)

        assert torch.autograd.gradcheck(forward, (feature, weights, *parameters))


def test_one_output_is_read_as_two_classes():
    classifier = nn.Conv2d(3, 1, 1)
    weights = class_weights(classifier)
    torch.testing.assert_close(weights[0], -classifier.weight.view(-1))
    torch.testing.assert_close(weights[1], classifier.weight.view(-1))


@pytest.mark.parametrize('missing', ['affine', 'track_running_stats'])
def test_a_normalisation_that_inference_could_not_fuse_is_refused(missing):
    with pytest.raises(ConfigError, match='affine=True and track_running_stats=True'):
        FeatureSelection(4, {'type': 'BN', missing: False})


def test_other_normalisations_are_refused():
    with pytest.raises(ConfigError, match='needs a batch normalisation.*suppression.norm_cfg'):
        FeatureSelection(4, dict(type='GN', num_groups=2))
