"""What the methods add to a training step: operators, and waits of the host for a GPU.

A step is what becomes of the batch, the forward pass, the losses and the gradients. But for one
test the optimizer is left out: torch's AdamW takes 10 operators a parameter on a CPU, whichever the
methods.
"""

import pytest
import torch
from dispatched import Dispatched
from mmengine.config import Config

from mmseg_ext.benchmark.synthetic import set_crop
from mmseg_ext.benchmark.trial import Trial


class StepOnly:
    """In place of an optimizer: gradients, and nothing done with them."""

    def __init__(self, optim_wrapper):
        self.optim_context = optim_wrapper.optim_context

    def update_params(self, loss):
        loss.backward()


def step_of(config, with_optimizer=False):
    set_crop(config, (64, 96))
    trial = Trial(config, batch_size=2)
    if not with_optimizer:
        trial._optim_wrapper = StepOnly(trial._optim_wrapper)
    # What is made once and kept is not of every step.
    trial.train_step()
    trial.model.zero_grad()
    with Dispatched() as dispatched:
        trial.train_step()
    return dispatched


@pytest.fixture(scope='module')
def recipe(repository):
    return lambda name: Config.fromfile(repository / 'configs' / f'{name}.py')


@pytest.fixture(scope='module')
def plain(recipe):
    return step_of(recipe('baseline_deeplab'))


def weighted(config):
    classes = config.model.decode_head.num_classes
    config.model.decode_head.loss_decode = dict(
        type='WeightedCrossEntropyLoss', class_weight=[1.0 + c for c in range(classes)]
    )
    return config


@pytest.mark.parametrize(
    'name',
    [
        pytest.param('debias_deeplab', marks=pytest.mark.methods('debias')),
        pytest.param('gmm_deeplab', marks=pytest.mark.methods('gmm')),
        pytest.param('boundary_deeplab', marks=pytest.mark.methods('boundary')),
    ],
)
def test_a_method_lets_the_host_wait_no_more_than_plain(recipe, plain, name):
    method = step_of(weighted(recipe(name)))
    assert +method.waits == +plain.waits
    # It is at work: what it computes comes on top.
    assert method.operators.total() > plain.operators.total() + 100


@pytest.mark.methods('debias', 'gmm', 'boundary')
def test_all_methods_together(recipe, plain):
    together = step_of(
        weighted(recipe('combined/debias-gmm-boundary_r18-small_1xb8-600_toy-streets-128x192'))
    )
    assert +together.waits == +plain.waits
    assert together.operators.total() <= 1450


@pytest.mark.methods('debias', 'gmm', 'boundary')
def test_all_methods_with_the_optimizer_as_it_is_on_a_gpu(recipe):
    config = recipe('combined/debias-gmm-boundary_r18-small_1xb8-600_toy-streets-128x192')
    config.optim_wrapper.optimizer.foreach = True
    assert step_of(weighted(config), with_optimizer=True).operators.total() <= 2600


@pytest.mark.methods('hardness')
def test_the_hardness_level_lets_the_host_wait_no_more_than_plain(recipe, plain):
    config = recipe('baseline_deeplab')
    head = config.model.decode_head
    head.update(type='HardnessHead', head_type=head.type)
    assert +step_of(config).waits == +plain.waits


def test_what_the_host_waits_for_is_counted():
    """Each of these reads a size or a value, and what stands between them does not."""
    values = torch.tensor([0, 2, 2, 1])
    with Dispatched() as dispatched:
        assert bool((values > 1).any())
        values[values > 0]
        values.nonzero()
        torch.bincount(values)
        values.unique()
        values[[0, 1]]
        values[1:].sum()
        torch.where(values > 1, values, 0)
        values[values > 1] = 0
        values[torch.tensor([0, 1])] = 1
    assert +dispatched.waits == {
        'aten::_local_scalar_dense': 1,
        'aten::index.Tensor': 1,
        'aten::index_put_': 1,
        'aten::nonzero': 1,
        'aten::bincount': 1,
        'aten::_unique2': 1,
    }
