import numpy as np
from numpy.testing import assert_array_equal

from mmseg_ext.reports.pictures.panels import (
    Panel,
    arrange,
    draw_classes,
    draw_distance,
    draw_edges,
    draw_instances,
)

PALETTE = np.array([[255, 0, 0], [0, 0, 255]], np.uint8)
DARK, WHITE = [30, 30, 30], [255, 255, 255]
GREYS = ([150, 150, 150], [110, 110, 110])


def test_classes_background_and_ignored():
    drawn = draw_classes(np.array([[0, 1, 2, 255]], np.uint8), PALETTE)
    # BGR of red, blue, the contour's background, and a grey that no class has.
    assert_array_equal(drawn, [[[0, 0, 255], [255, 0, 0], DARK, GREYS[0]]])


def test_ignored_is_a_chequer_of_four_pixels():
    drawn = draw_classes(np.full((8, 8), 255, np.uint8), PALETTE)
    assert_array_equal(drawn[3, 3], GREYS[0])
    assert_array_equal(drawn[3, 4], GREYS[1])
    assert_array_equal(drawn[4, 4], GREYS[0])


def test_edges():
    drawn = draw_edges(np.array([[0, 1, 255]], np.uint8), PALETTE)
    assert_array_equal(drawn, [[DARK, WHITE, GREYS[0]]])


def test_levels_and_fractions_look_alike():
    levels = draw_distance(np.array([[0, 1, 5, 255]], np.uint8), PALETTE)
    fractions = draw_distance(np.array([[0, 0.2, 1, -1]], np.float32), PALETTE)
    assert_array_equal(levels, fractions)
    assert_array_equal(levels[0, [0, 3]], [DARK, GREYS[0]])
    assert levels[0, 2].sum() > levels[0, 1].sum()


def test_neighbouring_instances_differ():
    ids = np.array([[0, *range(24000, 24020)]], np.uint16)
    drawn = draw_instances(ids, PALETTE)[0].astype(int)
    assert_array_equal(drawn[0], DARK)
    assert (np.abs(np.diff(drawn, axis=0)).sum(axis=1) > 60).all()


def test_sheet_of_two_rows_with_a_hole_and_a_legend():
    red = Panel('red', np.full((96, 128, 3), (0, 0, 255), np.uint8))
    small = Panel('small', np.full((10, 10, 3), (255, 0, 0), np.uint8))
    plain = arrange([[red, small], [None, red]], [])
    # Enlarged twice to 192x256; each row has a line for the titles, each gap is 6 wide.
    assert plain.shape == (2 * (192 + 24 + 6), 2 * (256 + 6) + 6, 3)
    assert_array_equal(plain[24 + 191, 6 + 255], [0, 0, 255])
    assert_array_equal(plain[24, 6 + 262], [255, 0, 0])
    assert_array_equal(plain[222 + 24 + 100, 100], WHITE)
    legend = arrange([[red]], [('road', [128, 64, 128]), ('a' * 20, [1, 2, 3]), ('sky', [0, 0, 0])])
    assert_array_equal(legend[:222], arrange([[red]], []))
    assert len(legend) == 222 + 2 * 24, 'the legend wraps'
    assert (legend[222 + 10, 6 + 7] == [128, 64, 128]).all()
