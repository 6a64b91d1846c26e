"""Class, image and method names that are formulas, commands, markup or no UTF-8 at all."""

import csv
import io
import json
from dataclasses import replace

import pytest
from drawn import draw_evaluation
from page import page_evaluation, page_images

from mmseg_ext.analysis.bias.heat_map import draw_dependence
from mmseg_ext.evaluation import Tail
from mmseg_ext.evaluation.comparison import Method, compare
from mmseg_ext.reports import read_evaluation
from mmseg_ext.reports.comparison.files import write_comparison
from mmseg_ext.reports.comparison.words import comparison_text
from mmseg_ext.reports.folder import write_report

NAMES = ('$\\frac$ <img src=x>', '\ud800\x1b[31m', '=1|`+1')


def hostile(seed=0, accuracy=(0.95, 0.8, 0.5)):
    evaluation = draw_evaluation(accuracy, seed)
    return replace(
        evaluation,
        classes=NAMES,
        train_shares=dict(zip(NAMES, (80, 18.5, 1.5), strict=True)),
        tail=Tail(NAMES[2:], 'named \x1b'),
        images=('\udce9<b>.png', *evaluation.images[1:]),
        metadata={'config': '\x1b]0;`|\udce9.py', 'data': {'dataset': '<b>$x$', 'split': '\n'}},
    )


def texts(folder):
    return {file.name: file.read_text(encoding='utf-8') for file in folder.glob('*.[chm]*')}


def assert_harmless(texts):
    for name, text in texts.items():
        assert '\x1b' not in text and '\ud800' not in text
        assert name.endswith('.csv') or '<img' not in text.replace('<img src="data:', '')


def test_a_report(tmp_path):
    evaluation = hostile()
    shown = [replace(image, index=0) for image in page_images()[:1]]
    assert write_report(evaluation, tmp_path, shown) == [], 'every figure is drawn'
    read = read_evaluation(tmp_path / 'report.json')
    assert (read.classes, read.images) == (evaluation.classes, evaluation.images)
    assert_harmless(texts(tmp_path))
    rows = list(csv.reader(io.StringIO(texts(tmp_path)['per_class.csv'])))
    assert [row[0] for row in rows[1:]] == [
        '$\\frac$ <img src=x>', r'\ud800\x1b[31m', "'=1|`+1",
    ]  # fmt: skip
    page = texts(tmp_path)['report.html']
    svg = page[page.index('<svg') : page.index('</svg>')]
    assert '$\\frac$ &lt;img src=x&gt;</text>' in svg, 'a formula is written and not set'


def test_a_comparison(tmp_path):
    names = ('$\\frac$ \ud800', '=<img src=x>')
    methods = [Method(name, (hostile(seed, (0.95, 0.9, 0.4)),))
               for seed, name in enumerate(names, start=1)]  # fmt: skip
    comparisons = compare(Method('@\x1b$x$', (hostile(),)), methods)
    assert write_comparison(comparisons, tmp_path) == []
    assert sorted(file.suffix for file in tmp_path.iterdir()) == ['.csv', '.html', '.md', '.png']
    assert_harmless(texts(tmp_path))
    assert (
        texts(tmp_path)['comparison.csv']
        .splitlines()[1]
        .startswith(r"'@\x1b$x$,$\frac$ \ud800,$\frac$ <img src=x>,")
    )
    shown = comparison_text(comparisons)
    assert '\x1b' not in shown and shown.encode('utf-8')


def test_the_picture_of_a_bias(tmp_path):
    model = {
        'name': '$\\frac$\ud800',
        'dependence': {'change': [[-1, 2, 3]] * 3, 'off_diagonal': 1.0},
    }
    draw_dependence({'models': [model], 'classes': NAMES}, tmp_path / 'a.png')
    assert (tmp_path / 'a.png').stat().st_size


def test_a_figure_that_fails_takes_nothing_with_it(tmp_path):
    """Curves that are none, which only another program's metadata may have."""
    evaluation = page_evaluation()
    curves = {'curves': {'loss': 'no curve'}}
    evaluation = replace(evaluation, metadata={**evaluation.metadata, **curves})
    (problem,) = write_report(evaluation, tmp_path, page_images())
    assert problem.startswith('the training curves: cannot be drawn (ValueError: ')
    names = sorted(file.name for file in tmp_path.iterdir())
    assert names == ['per_class.csv', 'report.html', 'report.json', 'report.md']
    assert json.loads((tmp_path / 'report.json').read_text())['classes']
    page = (tmp_path / 'report.html').read_text()
    assert page.count('<svg role="img"') == 1 and page.count('<img ') == 4
    assert '<p class="soft">the training curves: cannot be drawn (' in page


def test_what_was_counted_is_written_before_anything_is_drawn(tmp_path):
    """A page that cannot be written leaves the other files."""
    (tmp_path / 'report.html').mkdir()
    with pytest.raises(OSError):
        write_report(page_evaluation(), tmp_path, page_images())
    assert read_evaluation(tmp_path / 'report.json').metadata['seed'] == 3
    assert (tmp_path / 'per_class.csv').is_file() and (tmp_path / 'report.md').is_file()
