"""Colours of classes that have none."""

from itertools import combinations

import cv2
import numpy as np

from mmseg_ext.data.folders.distinct_colours import distinct_colours


def test_the_colours_of_twenty_classes_are_well_apart():
    colours = distinct_colours(20)
    known = np.array([*colours, (0, 0, 0), (255, 255, 255)], np.float32) / 255
    lab = cv2.cvtColor(known[None], cv2.COLOR_RGB2Lab)[0]
    # A difference of 2.3 in CIE L*a*b* is just seen.
    assert min(np.linalg.norm(one - other) for one, other in combinations(lab, 2)) > 15 * 2.3


def test_a_further_class_changes_no_colour_and_no_two_classes_have_one():
    assert distinct_colours(254)[:12] == distinct_colours(12)
    assert len({*map(tuple, distinct_colours(254))}) == 254
