"""What a report takes of what a checkpoint says of its calibration."""

import json
import math

import numpy as np
import pytest

from mmseg_ext.training.reporting.fitted_records import fitted_records

RECORD = {'frames': 3, 'expected': {'mIoU': {'before': 0.5, 'low': math.nan}}, 'added': (1.0, -2)}


def test_records_are_plain_values():
    found = fitted_records({'meta': {'calibration': RECORD, 'seed': 3}})
    assert json.loads(json.dumps(found, allow_nan=False)) == {
        'calibration': {
            'frames': 3, 'expected': {'mIoU': {'before': 0.5, 'low': None}}, 'added': [1.0, -2],
        }
    }  # fmt: skip


@pytest.mark.parametrize(
    'checkpoint',
    [
        {}, {'meta': None}, {'meta': {}}, [], {'meta': {'refit': 'yes'}},
        {'meta': {'calibration': {'bias': np.zeros(3)}}},
        {'meta': {'calibration': {3: 4}}}, {'meta': {'calibration': {'pixels': 10**30}}},
    ],
)  # fmt: skip
def test_what_is_none_of_our_records_is_left_out(checkpoint):
    assert fitted_records(checkpoint) == {}
