"""Tables and words of a comparison."""

import csv
import io
from dataclasses import replace

import numpy as np
import pytest
from drawn import draw_evaluation

from mmseg_ext.common.errors import ConfigError, DataError
from mmseg_ext.evaluation import Evaluation
from mmseg_ext.evaluation.comparison import Comparison, Difference, Method, compare
from mmseg_ext.reports.comparison.tables import (
    comparison_csv,
    comparison_table,
    side_by_side,
)
from mmseg_ext.reports.comparison.words import findings, how_to_read

RUN = draw_evaluation()


def difference(name, change, p_value, spread=np.nan, units=30.0):
    interval = np.array([change - 0.01, change + 0.01])
    return Difference(name, 0.5, 0.5 + change, interval, 0.004, spread, p_value, units)


def comparison(runs, classes, mean, images=30):
    run = draw_evaluation(images=images)
    sides = [Method(name, (run,) * count) for name, count in zip(('plain', 'ours'), runs,
                                                                 strict=True)]  # fmt: skip
    return Comparison(*sides, classes, [mean], run.units)


def test_findings_name_what_is_beyond_noise():
    rows = [
        difference('road', 0.001, 0.9), difference('car', 0.021, 0.001),
        difference('cyclist', -0.03, 0.04), difference('sign', np.nan, np.nan),
    ]  # fmt: skip
    found = findings(comparison((3, 3), rows, difference('mIoU', 0.004, 0.2)))
    assert found == [
        'ours against plain: mIoU +0.4 (adjusted p = 0.200), not to be told from noise.',
        'Classes that are better beyond noise: car (+2.1).',
        'Classes that are worse beyond noise: cyclist (-3.0).',
        'The other 1 of 3 classes cannot be told from noise.',
    ]


def test_one_training_each_says_nothing_certain_about_methods():
    rows = [difference('car', 0.1, 0.0001)]
    found = findings(comparison((1, 1), rows, difference('mIoU', 0.1, 0.0001)))
    assert found[0] == (
        'ours against plain: mIoU +10.0 (adjusted p < 0.001), more than the noise of the images.'
    )
    assert 'this compares two models and says nothing certain about the methods' in found[-1]


def test_what_is_assumed_is_said():
    rows = [difference('car', 0.0, 1.0)]
    found = findings(comparison((3, 1), rows, difference('mIoU', 0.0, 1.0), images=5))
    assert found[1] == 'No class of 1 can be told from noise.'
    assert found[-2].startswith('ours has one training: its seeds are taken to differ as much')
    assert found[-1].startswith('From 5 images alone')


def test_classes_that_few_images_show_are_named():
    rows = [difference('car', 0.0, 1.0), difference('train', 0.1, 0.9, units=1.25)]
    found = findings(comparison((3, 3), rows, difference('mIoU', 0.0, 1.0)))
    assert found[-1].startswith('Few images show train (1.2) (effective numbers)')


def test_the_reading_counts_the_questions():
    rows = [difference('car', 0.0, 1.0), difference('sign', np.nan, np.nan)]
    one = comparison((3, 3), rows, difference('mIoU', 0.0, 1.0))
    text = how_to_read([one, one])
    assert 'over the classes that are labelled in these images, 3 of 3, and' in text
    assert 'for 2 class differences at once, and apart from them for 2 of means' in text
    one.means.append(difference('tail mIoU', np.nan, np.nan))
    assert 'and apart from them for 2 of means' in how_to_read([one, one])


def test_the_table_shows_spreads_and_verdicts():
    rows = [difference('road', 0.002, 0.4, spread=0.006), difference('sign', np.nan, np.nan)]
    table = comparison_table(
        comparison((3, 2), rows, difference('mIoU', -0.02, 0.0004, spread=0.006))
    )
    assert table.field_names[1:3] == ['plain (3 seeds)', 'ours (2 seeds)']
    assert table.field_names[-1] == 'beyond noise'
    assert table.rows == [
        ['road', '50.0 ± 0.4', '50.2 ± 0.6', '+0.2', '-0.8 to +1.2', '0.400', 'no'],
        ['sign', '50.0 ± 0.4', '-', '-', '-', '-', '-'],
        ['mIoU', '50.0 ± 0.4', '48.0 ± 0.6', '-2.0', '-3.0 to -1.0', '< 0.001', 'yes'],
    ]
    assert comparison_table(comparison((1, 1), rows, rows[0])).field_names[-1] == (
        'beyond image noise'
    )


def test_csv_has_every_figure():
    compared = compare(
        Method('plain', (RUN,)), [Method('ours', (draw_evaluation(seed=1),)),
                                  Method('more', (draw_evaluation(seed=2),))],
    )  # fmt: skip
    lines = list(csv.DictReader(io.StringIO(comparison_csv(compared))))
    assert [line['method'] for line in lines] == ['ours'] * 5 + ['more'] * 5
    car = lines[1]
    assert car['quantity'] == 'car' and car['method_seed_sd'] == ''
    assert float(car['difference']) == pytest.approx(100 * compared[0].classes[1].change)
    assert float(car['image_low']) < float(car['difference']) < float(car['image_high'])
    assert float(car['adjusted_p']) == compared[0].classes[1].p_value


def test_side_by_side():
    """Of other images, too: here val and shift of a data set."""
    matrices = np.tile(np.array([[6, 2, 0], [1, 3, 0], [0, 0, 0]]), (5, 1, 1))
    val = Evaluation(('road', 'car', 'sign'), tuple('abcde'), matrices)
    shift = Evaluation(('road', 'car', 'sign'), tuple('fg'), np.tile(np.diag([5, 5, 0]), (2, 1, 1)))
    assert side_by_side([('val', val), ('shift', shift)]).get_string().splitlines() == [
        '+-------------------+------+-------+------------+',
        '| IoU               |  val | shift | difference |',
        '+-------------------+------+-------+------------+',
        '| road              | 66.7 | 100.0 |      +33.3 |',
        '| car               | 50.0 | 100.0 |      +50.0 |',
        '| sign              |    - |     - |          - |',
        '+-------------------+------+-------+------------+',
        '| mean of 2 present | 58.3 | 100.0 |      +41.7 |',
        '+-------------------+------+-------+------------+',
    ]
    assert 'difference' not in side_by_side([('val', val)]).field_names
    stray = replace(val, matrices=val.matrices + np.eye(3, k=2, dtype=np.int64))
    table = side_by_side([('val', val), ('stray', stray)])
    assert table.rows[-1][0] == 'mean of 2, 3 present'
    with pytest.raises(DataError, match='other classes'):
        side_by_side([('val', val), ('toy', RUN)])


@pytest.mark.parametrize('name', ['plain', 'IoU', 'difference'])
def test_side_by_side_needs_names_of_their_own(name):
    with pytest.raises(ConfigError, match=f"would be called '{name}': give .* NAME=RUN"):
        side_by_side([('plain', RUN), (name, RUN)])


def test_a_method_is_not_called_like_a_column():
    (compared,) = compare(Method('plain', (RUN,)), [Method('Δ', (draw_evaluation(seed=1),))])
    with pytest.raises(ConfigError, match="would be called 'Δ'"):
        comparison_table(compared)
