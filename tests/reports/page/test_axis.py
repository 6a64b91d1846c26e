"""The axis of the dots in a table."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmseg_ext.reports.page.axis import Axis
from mmseg_ext.reports.page.change import change_of

fractions = st.floats(-1, 1)


@pytest.mark.parametrize(
    ('values', 'zero', 'ticks'),
    [
        ([0.241, 0.941], False, ['20', '40', '60', '80', '100']),
        ([0.0, 0.93], False, ['0', '20', '40', '60', '80', '100']),
        ([0.62, 0.655], False, ['62', '63', '64', '65', '66']),
        ([0.012, 0.03], True, ['0', '1', '2', '3']),
        ([-0.154, 0.08], True, ['-20', '-15', '-10', '-5', '0', '5', '10']),
        ([math.nan], False, ['0', '0.05']),
    ],
)
def test_ticks(values, zero, ticks):
    assert [tick.label for tick in Axis.over(values, zero).ticks] == ticks


@given(st.lists(fractions, min_size=1), st.booleans())
def test_every_value_has_a_place_on_a_round_axis(values, zero):
    axis = Axis.over(values, zero)
    assert all(-1e-6 <= axis.place(value) <= 100 + 1e-6 for value in values)
    assert not zero or -1e-6 <= axis.place(0) <= 100 + 1e-6
    ticks = axis.ticks
    assert 2 <= len(ticks) <= 8 and (ticks[0].place, ticks[-1].place) == (0, 100)
    assert max(values) - min(values) >= (axis.high - axis.low - 2 * axis.step) / 100 - 1e-9 or zero


@pytest.mark.parametrize(
    ('value', 'beyond', 'mark', 'word'),
    [
        (0.02, True, '▲', 'better'),
        (-0.02, True, '▼', 'worse'),
        (0.02, False, '△', 'unsure'),
        (-0.02, False, '▽', 'unsure'),
        (0.02, None, '◇', 'untested'),
        (math.nan, False, '', 'none'),
    ],
)
def test_a_change_has_a_mark_and_a_word(value, beyond, mark, word):
    axis = Axis(-10, 10, 5)
    change = change_of(axis, value, (value - 0.01, value + 0.01), beyond)
    assert (change.mark, change.word) == (mark, word)
    assert change.dot is None or change.dot == pytest.approx(
        (50 + 500 * value, 45 + 500 * value, 55 + 500 * value)
    )
