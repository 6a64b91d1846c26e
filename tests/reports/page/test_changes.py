"""The figure of a comparison shows what its table says."""

import matplotlib.colors
import numpy as np
import pytest
from drawn import draw_evaluation

from mmseg_ext.evaluation.comparison import Method, compare
from mmseg_ext.reports.comparison.changes import changes_side_by_side


def method(name, cyclist):
    seeds = [draw_evaluation((0.95, 0.8, cyclist), seed=seed, images=40) for seed in range(3)]
    return Method(name, tuple(seeds))


@pytest.fixture(scope='module')
def comparisons():
    methods = [method('bet$ter$', 0.8), method('the same', 0.5)]
    return compare(method('plain', 0.5), methods)


def test_points_intervals_and_verdicts_are_those_of_the_table(comparisons):
    axes = changes_side_by_side(comparisons).axes
    assert [axis.get_title() for axis in axes] == [r'bet\$ter\$', 'the same']
    for axis, comparison in zip(axes, comparisons, strict=True):
        rows = comparison.rows
        intervals, points = axis.lines[0 : 2 * len(rows) : 2], axis.lines[1 : 2 * len(rows) : 2]
        for place, row in enumerate(rows):
            np.testing.assert_allclose(intervals[place].get_xdata(), 100 * row.interval)
            np.testing.assert_allclose(points[place].get_xdata(), 100 * row.change)
            assert list(intervals[place].get_ydata()) == [place, place]
            colour = matplotlib.colors.to_hex(points[place].get_markerfacecolor())
            assert (colour != '#ffffff') == row.beyond_noise, row.name
    assert any(row.beyond_noise for row in comparisons[0].classes)


def test_all_methods_have_one_scale_and_the_names_are_written_once(comparisons):
    first, second = changes_side_by_side(comparisons).axes
    assert first.get_xlim() == second.get_xlim()
    names = [row.name for row in comparisons[0].rows]
    assert [label.get_text() for label in first.get_yticklabels()] == names
    assert not any(label.get_text() for label in second.get_yticklabels())
