"""The examples in docstrings say what the code does."""

import doctest
from importlib import import_module

import pytest


@pytest.mark.parametrize(
    'module',
    [
        'boundary.targets',
        'evaluation.confusion',
        'evaluation.scores',
        'gmm.mixture',
    ],
)
def test_examples(module):
    result = doctest.testmod(import_module(f'mmseg_ext.{module}'))
    assert result.attempted > 0
    assert result.failed == 0
