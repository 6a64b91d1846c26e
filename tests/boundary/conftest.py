"""What the tests of the boundary tasks share."""

import pytest
import torch
from mmengine.registry import init_default_scope

import mmseg_ext.boundary  # noqa: F401 - registers the plugins


@pytest.fixture(autouse=True)
def mmseg_scope():
    init_default_scope('mmseg')


@pytest.fixture(autouse=True, scope='package')
def one_thread():
    """The models are tiny: more threads would only wait for one another."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
