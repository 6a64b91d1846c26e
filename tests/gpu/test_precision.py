"""Every method on a GPU: what the CPU computes, and what full precision computes under AMP."""

import pytest
import torch
from mmengine.optim import build_optim_wrapper


@pytest.fixture
def noise_of_the_cpu(monkeypatch):
    """Let both devices draw the same numbers: their generators differ."""
    rand = torch.rand
    monkeypatch.setattr(torch, 'rand', lambda *size, device: rand(*size).to(device))
    monkeypatch.setattr(
        torch, 'randn_like', lambda like: torch.randn(like.shape, dtype=like.dtype).to(like.device)
    )


def test_losses_and_gradients_are_those_of_the_cpu(training, noise_of_the_cpu):
    found = []
    for device in ('cpu', 'cuda'):
        trained = training(device)
        trained.model.double()
        for module in trained.model.modules():
            if isinstance(module, (torch.nn.Dropout, torch.nn.Dropout2d)):
                module.p = 0.0
        losses = trained.losses(torch.float64)
        sum(losses.values()).backward()
        gradients = {name: p.grad for name, p in trained.model.named_parameters()}
        found.append((losses, gradients))
    (losses, gradients), (on_gpu, gradients_on_gpu) = found
    assert list(losses) == list(on_gpu)
    for name, loss in losses.items():
        torch.testing.assert_close(on_gpu[name].cpu(), loss, rtol=1e-6, atol=1e-9, msg=name)
    for name, gradient in gradients.items():
        if gradient is None:
            assert gradients_on_gpu[name] is None
            continue
        scale = gradient.abs().max()
        torch.testing.assert_close(
            gradients_on_gpu[name].cpu(), gradient, rtol=1e-4, atol=1e-6 * float(scale) + 1e-12
        )


@pytest.mark.parametrize('dtype', ['float16', 'bfloat16'])
def test_amp_computes_the_losses_of_full_precision_and_trains(training, dtype):
    trained = training('cuda')
    full = {name: value.item() for name, value in trained.losses().items()}
    wrapper = build_optim_wrapper(
        trained.model, {**trained.optim_wrapper, 'type': 'AmpOptimWrapper', 'dtype': dtype}
    )
    before = [parameter.detach().clone() for parameter in trained.model.parameters()]
    for step in range(10):
        with wrapper.optim_context(trained.model):
            losses = trained.losses()
        if step == 0:
            mixed = {name: value.item() for name, value in losses.items()}
            assert mixed == pytest.approx(full, rel=0.05, abs=0.01)
        wrapper.update_params(sum(losses.values()))
    last = {name: value.item() for name, value in losses.items()}
    assert sum(last.values()) < sum(full.values())
    after = list(trained.model.parameters())
    assert all(torch.isfinite(parameter).all() for parameter in after)
    assert any(not torch.equal(old, new) for old, new in zip(before, after, strict=True))
