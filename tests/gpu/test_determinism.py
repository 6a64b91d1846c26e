"""`randomness=dict(deterministic=True)`, as mmengine hands it on to torch."""

import pytest
import torch


@pytest.fixture
def deterministic(monkeypatch):
    """Refuse what may vary, as mmengine's switch does."""
    monkeypatch.setenv('CUBLAS_WORKSPACE_CONFIG', ':4096:8')
    monkeypatch.setattr(torch.backends.cudnn, 'deterministic', True)
    monkeypatch.setattr(torch.backends.cudnn, 'benchmark', False)
    torch.use_deterministic_algorithms(True)
    yield
    torch.use_deterministic_algorithms(False)


def trained(training) -> torch.Tensor:
    """All weights of a model after five steps."""
    one = training('cuda')
    optimizer = torch.optim.SGD(one.model.parameters(), lr=0.01)
    for _ in range(5):
        optimizer.zero_grad()
        sum(one.losses().values()).backward()
        optimizer.step()
    return torch.cat([parameter.detach().flatten() for parameter in one.model.parameters()])


def test_no_operation_is_refused_and_two_trainings_are_bit_equal(training, deterministic):
    assert torch.equal(trained(training), trained(training))
    assert torch.are_deterministic_algorithms_enabled()
    assert not torch.is_deterministic_algorithms_warn_only_enabled()
