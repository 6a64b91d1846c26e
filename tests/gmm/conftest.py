"""What the tests of the mixture share."""

import sys
from pathlib import Path

import pytest
import torch
from mmengine.registry import init_default_scope

import mmseg_ext.gmm  # noqa: F401 - registers the plugins

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(autouse=True)
def mmseg_scope():
    init_default_scope('mmseg')
    torch.manual_seed(0)


@pytest.fixture(autouse=True, scope='package')
def one_thread():
    """The models are tiny: more threads would only wait for one another."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
