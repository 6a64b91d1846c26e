"""Which objects are whole, on hand-drawn frames: components, objects, and what hides them."""

import numpy as np
import pytest

from mmseg_ext.data.transforms.whole_objects import find_whole_objects

ROAD, CAR, PERSON, RIDER, VOID = 0, 1, 2, 3, 255


def drawn(rows):
    letters = {'.': ROAD, 'c': CAR, 'p': PERSON, 'r': RIDER, '?': VOID}
    return np.array([[letters[each] for each in row] for row in rows], np.uint8)


def numbered(rows):
    return np.array([[0 if each == '.' else int(each) for each in row] for row in rows], np.uint16)


def places(labels, instances=None, min_pixels=1, classes=(PERSON, RIDER)):
    found = find_whole_objects(labels, instances, classes, (CAR, PERSON, RIDER), min_pixels)
    return [(each.label, each.cutout.top, each.cutout.left, each.instance_id) for each in found]


def test_a_component_is_cut_out_as_it_is():
    labels = drawn([
        '.....',
        '.p...',
        '.pp..',
        '.....',
    ])  # fmt: skip
    (found,) = find_whole_objects(labels, None, (PERSON,), (PERSON,), min_pixels=3)
    assert found.cutout.mask.tolist() == [[True, False], [True, True]]
    assert (found.cutout.top, found.cutout.left, found.ground) == (1, 1, 3)
    assert places(labels, min_pixels=4) == []


@pytest.mark.parametrize('rows', [
    ['p...', '....', '....'],
    ['....', '....', '..p.'],
    ['....', 'p...', '....'],
    ['....', '...p', '....'],
])  # fmt: skip
def test_what_touches_the_edge_is_not_whole(rows):
    assert places(drawn(rows)) == []
    assert places(drawn(rows), (drawn(rows) > 0).astype(np.uint16)) == []


def test_a_component_that_touches_another_thing_is_not_whole_even_at_a_corner():
    labels = drawn([
        '.........',
        '.p...p.r.',
        '..c......',
        '....?p?..',
        '.........',
    ])  # fmt: skip
    # The one by the car is left out; ignored pixels and roads hide nothing that is known.
    assert places(labels) == [(PERSON, 1, 5, 0), (PERSON, 3, 5, 0), (RIDER, 1, 7, 0)]


def test_an_object_is_hidden_only_by_one_that_stands_nearer():
    labels = drawn([
        '..........',
        '.ccp..pcc.',
        '.ccp..pcc.',
        '...p..pcc.',
        '.......cc.',
        '..........',
    ])  # fmt: skip
    instances = numbered([
        '..........',
        '.112..344.',
        '.112..344.',
        '...2..344.',
        '.......44.',
        '..........',
    ])  # fmt: skip
    # Person 2 stands before car 1; car 4 reaches further down than person 3.
    assert places(labels, instances) == [(PERSON, 1, 3, 2)]
    # As components, neither is whole.
    assert places(labels) == []


def test_two_objects_of_one_class_that_touch_are_two():
    labels = drawn([
        '......',
        '.ppp..',
        '.pp...',
        '......',
    ])  # fmt: skip
    instances = numbered([
        '......',
        '.577..',
        '.57...',
        '......',
    ])  # fmt: skip
    assert places(labels, instances) == [(PERSON, 1, 1, 5), (PERSON, 1, 2, 7)]
    assert places(labels) == [(PERSON, 1, 1, 0)]


def test_a_group_without_an_id_is_no_object_and_may_hide_one():
    labels = drawn([
        '.......',
        '.pp.p..',
        '.pp.p..',
        '.......',
    ])  # fmt: skip
    instances = numbered([
        '.......',
        '.9..8..',
        '.9..8..',
        '.......',
    ])  # fmt: skip
    # Beside 9, persons without an id: which of them stands nearer is not known.
    assert places(labels, instances) == [(PERSON, 1, 4, 8)]
