"""Figures and tables of drawn counts, against sums by hand."""

import json

import numpy as np
import pytest

from mmseg_ext.analysis.context.figures import context_figures
from mmseg_ext.analysis.context.measured import ContextCounts
from mmseg_ext.analysis.context.removal_test import RemovalCounts
from mmseg_ext.analysis.context.tables import as_text, context_tables
from mmseg_ext.evaluation.context.objects import ObjectTable

CLASSES = ('road', 'car', 'person\x1b', 'cyclist')
CAR, PERSON, CYCLIST = 1, 2, 3
DATA = dict(
    train=dict(images=3, objects={'cyclist': 40}),
    test=dict(images=2, objects={'cyclist': 20}),
    company={'cyclist': {'car': dict(train=90.0, test=50.0, usual=True)}},
    outside={
        'cyclist': dict(
            usual=['car'], train=dict(objects=4, share=10.0), test=dict(objects=10, share=50.0)
        )
    },
)


def counts(name, by_car, alone):
    """Ten cyclists by a car and ten alone, ten pixels each, with so many of them right."""
    rows = [[0, 0, 10 - right, right] for right in [by_car] * 10 + [alone] * 10]
    rings = [[1, 1, 0, 0]] * 10 + [[1, 0, 0, 0]] * 10
    table = ObjectTable(CLASSES, np.full(20, CYCLIST), np.array(rings), np.array(rows))
    pasted = np.array([[[0, 0, 10 - by_car, by_car], [0, 0, 10 - alone, alone]]] * 4)
    removed = RemovalCounts(
        np.array([[[0, 0, 0, 30], [0, 0, 0, 10]]] * 3), np.array([[0, 0, 0, 100]] * 3)
    )
    labels = np.full(4, CYCLIST), np.full(3, CAR)
    return ContextCounts(name, table, labels[0], pasted, labels[1], removed)


@pytest.fixture
def figures():
    models = [counts('swapped', 9, 8), counts('plain', 9, 3)]
    return context_figures(models, DATA, dict(seed=0))


def test_the_figures_of_a_model(figures):
    swapped, plain = figures['models']
    assert swapped['called'] == {'cyclist': {'person\x1b': pytest.approx(15), 'cyclist': 85}}
    (split,) = plain['splits']
    assert (split['class'], split['beside'], split['objects']) == ('cyclist', 'car', [10, 10])
    assert [side['value'] for side in split['recall']] == pytest.approx([90, 30])
    assert split['flip_to'] == 'person\x1b'
    assert [side['value'] for side in split['flip']] == pytest.approx([10, 70])
    assert split['called'][1] == pytest.approx({'person\x1b': 70, 'cyclist': 30})
    # 60 of 100 pixels of all are right, 90 of 100 by a car.
    assert plain['unfairness']['cyclist']['value'] == pytest.approx(30)
    assert plain['paste']['cyclist']['difference']['value'] == pytest.approx(60)
    assert plain['removal']['car']['cyclist']['value'] == pytest.approx(30 - 10)


def test_the_difference_is_that_of_pairs(figures):
    difference = figures['difference']
    assert difference['recall_gap']['cyclist']['car']['value'] == pytest.approx(10 - 60)
    assert difference['recall_gap']['cyclist']['car']['interval_95'] == pytest.approx([-50, -50])
    assert difference['paste']['cyclist']['unusual']['value'] == pytest.approx(80 - 30)
    assert difference['removal']['car']['cyclist']['value'] == 0
    assert json.loads(json.dumps(figures, allow_nan=False)) == figures


def test_every_table_is_there_and_no_name_reaches_the_terminal_as_a_command(figures):
    text = as_text(context_tables(figures))
    for part in (
        '10 of 20 (50.0 %)',
        'A: As what the pixels of objects are predicted, %: swapped',
        'B: Recall of objects with a class beside them, and without, %: plain',
        '-50.0 (-50.0 to -50.0)',
        'Removal test',
    ):
        assert part in text
    assert '\x1b' not in text


def test_of_one_model_there_is_no_difference():
    figures = context_figures([counts('plain', 9, 3)], DATA, {})
    assert figures['difference'] is None
    titles = [table.title for table in context_tables(figures)]
    assert not any('minus without' in title or title.startswith('A:') for title in titles)


def test_without_a_model_there_is_the_data():
    figures = context_figures([], DATA, {})
    assert figures['models'] == [] and figures['difference'] is None
    assert len(context_tables(figures)) == 2
