"""Which images a report shows, from confusion matrices drawn by hand."""

from dataclasses import replace

import numpy as np

from mmseg_ext.evaluation import Evaluation, Tail
from mmseg_ext.reports.pictures.chosen import MOST_CLASSES, chosen_images, shown_tail
from mmseg_ext.reports.pictures.picture import Reason

# Rows are true: road, pole. Of 100 pixels of road and 10 of pole, what is called what.
RIGHT = [[100, 0], [0, 10]]
MISSED = [[100, 0], [10, 0]]
CALLED_TOO_OFTEN = [[70, 30], [0, 10]]
FEW_AND_MISSED = [[107, 0], [3, 0]]
ALL_POLE = [[10, 0], [10, 90]]


def evaluation(*matrices, tail=('pole',)):
    names = tuple(f'{index}.png' for index in range(len(matrices)))
    return Evaluation(
        ('road', 'pole'), names, np.array(matrices), tail=tail and Tail(tail, 'named')
    )


def places(chosen, kind):
    return [index for index, reasons in chosen.items() if any(r.kind == kind for r in reasons)]


def test_the_worst_of_a_class_have_most_wrong_pixels_of_it():
    """An IoU of 0 of three pixels is not as bad as 30 pixels that are called so by mistake."""
    chosen = chosen_images(
        evaluation(RIGHT, FEW_AND_MISSED, MISSED, CALLED_TOO_OFTEN, RIGHT, ALL_POLE)
    )
    assert places(chosen, 'worst of class') == [3, 2]
    assert list(chosen)[:2] == [3, 2], 'they come first'
    assert chosen[5] == (Reason('most of class', 1),)
    assert set(places(chosen, 'best')) == {0, 4}


def test_what_the_labels_choose_is_the_same_for_every_model():
    one = evaluation(RIGHT, MISSED, ALL_POLE)
    other = evaluation([[0, 100], [0, 10]], RIGHT, [[0, 10], [100, 0]])
    chosen = [places(chosen_images(each), 'most of class') for each in (one, other)]
    assert chosen == [[2], [2]]


def test_without_a_tail_the_labels_choose_for_the_rarest_classes():
    chosen = chosen_images(evaluation(RIGHT, ALL_POLE, tail=None))
    assert chosen[1][-1] == Reason('most of class', 1)
    assert chosen[0][-1] == Reason('most of class', 0)
    assert not places(chosen, 'worst of class')


def test_a_model_without_a_mistake_has_no_worst_image_of_a_class():
    assert not places(chosen_images(evaluation(RIGHT, RIGHT)), 'worst of class')


def test_of_many_tail_classes_the_rarest_are_shown_and_an_absent_one_is_not():
    matrices = np.zeros((2, 20, 20), np.int64)
    matrices[:, np.arange(19), np.arange(19)] = np.arange(100, 100 - 19, -1)
    names = tuple(f'c{i}' for i in range(20))
    many = Evaluation(names, ('0.png', '1.png'), matrices, tail=Tail(names, 'named'))
    assert shown_tail(many) == list(range(18, 18 - MOST_CLASSES, -1))
    assert shown_tail(replace(many, tail=None)) == []
