"""The examples in docstrings say what the code does."""

import doctest
from importlib import import_module

import pytest


@pytest.mark.parametrize(
    'module',
    [
        pytest.param('boundary.targets', marks=pytest.mark.methods('boundary')),
        'calibration.calibrate',
        'calibration.likelihood',
        'calibration.search',
        'evaluation.comparison.statistics',
        'evaluation.confusion',
        'evaluation.counting',
        'evaluation.scores',
        pytest.param('gmm.mixture', marks=pytest.mark.methods('gmm')),
    ],
)
def test_examples(module):
    result = doctest.testmod(import_module(f'mmseg_ext.{module}'))
    assert result.attempted > 0
    assert result.failed == 0
