"""What the tests of the data sets share."""

import pytest
from mmengine.registry import init_default_scope

import mmseg_ext.data  # noqa: F401 - registers the data sets


@pytest.fixture(autouse=True)
def mmseg_scope():
    init_default_scope('mmseg')


@pytest.fixture
def load():
    """Transforms that load an image with its labels."""
    return [dict(type='LoadImageFromFile'), dict(type='LoadCheckedLabels')]


@pytest.fixture
def load_instances(load):
    """Transforms that load an image with its labels and instances."""
    return [*load, dict(type='LoadInstanceMap')]
