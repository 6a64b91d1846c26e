"""mmseg's models, tiny, as modules to import."""

import itertools
import sys
from pathlib import Path

import pytest
import torch
from mmengine.logging import MessageHub
from mmengine.registry import init_default_scope

import mmseg_ext  # noqa: F401 - registers the plugins

sys.path.insert(0, str(Path(__file__).parent))
NUMBERS = itertools.count()


@pytest.fixture(autouse=True)
def middle_of_a_training():
    """A message hub as mmengine leaves it half way."""
    init_default_scope('mmseg')
    hub = MessageHub.get_instance(f'test_architectures_{next(NUMBERS)}')
    for name, value in dict(iter=50, max_iters=100, seed=0).items():
        hub.update_info(name, value)


@pytest.fixture(autouse=True, scope='package')
def one_thread():
    """The models are tiny: more threads would only wait for one another."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
