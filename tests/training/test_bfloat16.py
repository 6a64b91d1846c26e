"""Mixed precision in bfloat16 on a CPU."""

import pytest
import torch
from mmengine.optim import build_optim_wrapper
from torch import nn

from mmseg_ext.training.bfloat16 import BFloat16OptimWrapper


class Net(nn.Module):
    """A convolution and a classifier that note the types they hand on."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.classifier = nn.Conv2d(4, 2, 1)

    def forward(self, image, target):
        self.logits = self.classifier(self.norm(self.conv(image)).relu())
        return nn.functional.cross_entropy(self.logits, target)


@pytest.fixture
def net():
    torch.manual_seed(0)
    return Net()


def wrapper_of(net, **options):
    optimizer = dict(type='SGD', lr=0.5)
    return build_optim_wrapper(
        net, dict(type='BFloat16OptimWrapper', optimizer=optimizer, **options)
    )


def batch():
    image = torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(1))
    return image, (image.mean(1) > 0).long()


def test_products_are_bfloat16_and_weights_gradients_and_losses_are_not(net):
    wrapper = wrapper_of(net)
    assert isinstance(wrapper, BFloat16OptimWrapper)
    with wrapper.optim_context(net):
        loss = net(*batch())
    assert net.logits.dtype == torch.bfloat16
    assert loss.dtype == torch.float32
    wrapper.backward(loss)
    for parameter in net.parameters():
        assert parameter.dtype == parameter.grad.dtype == torch.float32


def test_it_learns_what_full_precision_learns(net):
    full = Net()
    full.load_state_dict(net.state_dict())
    optimizer = torch.optim.SGD(full.parameters(), lr=0.5)
    wrapper = wrapper_of(net)
    for _ in range(20):
        with wrapper.optim_context(net):
            loss = net(*batch())
        wrapper.update_params(loss)
        reference = full(*batch())
        optimizer.zero_grad()
        reference.backward()
        optimizer.step()
    assert loss.item() < 0.45
    assert loss.item() == pytest.approx(reference.item(), rel=0.05)


def test_evaluation_after_it_is_in_full_precision(net):
    wrapper = wrapper_of(net)
    with wrapper.optim_context(net):
        net(*batch())
    net.eval()(*batch())
    assert net.logits.dtype == torch.float32


def test_accumulation_is_kept(net):
    wrapper = wrapper_of(net, accumulative_counts=2)
    before = net.conv.weight.detach().clone()
    with wrapper.optim_context(net):
        loss = net(*batch())
    wrapper.update_params(loss)
    assert torch.equal(net.conv.weight, before)
    with wrapper.optim_context(net):
        loss = net(*batch())
    wrapper.update_params(loss)
    assert not torch.equal(net.conv.weight, before)
