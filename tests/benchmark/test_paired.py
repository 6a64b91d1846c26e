import time

import numpy as np
import pytest

from mmseg_ext.benchmark.paired import PairedTimes, time_in_turn


def test_pairs_alternate_and_the_warm_up_is_not_counted():
    calls = []
    times = time_in_turn(lambda: calls.append('a'), lambda: calls.append('b'), repeats=3, warm_up=1)
    assert ''.join(calls) == 'baabbaab'
    assert len(times.ours) == len(times.theirs) == 3


def test_measures_seconds():
    times = time_in_turn(lambda: time.sleep(0.02), lambda: None, repeats=2, warm_up=0)
    assert min(times.ours) >= 0.02 > max(times.theirs)


def test_summary_of_known_times():
    summary = PairedTimes([2.0, 3.0, 8.0, 1.0, 2.0], [1.0, 1.0, 2.0, 1.0, 1.0]).summary()
    # Ratios 2, 3, 4, 1, 2.
    assert summary['ratio'] == 2.0
    assert summary['quartiles'] == [2.0, 3.0]
    assert (summary['ours_s'], summary['theirs_s']) == (2.0, 1.0)
    low, high = summary['interval_95']
    assert 1.0 <= low <= 2.0 <= high <= 4.0


def test_interval_covers_the_true_median():
    """The interval is of the median ratio, so it narrows with the number of pairs."""
    rng = np.random.default_rng(1)
    theirs = rng.uniform(0.5, 1.5, 400)
    ours = theirs * rng.normal(1.1, 0.05, 400)
    low, high = PairedTimes(ours.tolist(), theirs.tolist()).summary()['interval_95']
    assert low < 1.1 < high
    assert high - low == pytest.approx(2 * 1.96 * 1.2533 * 0.05 / 20, rel=0.35)
