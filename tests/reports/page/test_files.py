"""The files of a report: what is in them, and that the page needs nothing but itself."""

import csv
import io
import os
import re
from dataclasses import replace

import numpy as np
import pytest
from drawn import draw_evaluation
from page import page_evaluation, page_images

from mmseg_ext.evaluation.comparison import Method, compare
from mmseg_ext.reports import read_evaluation
from mmseg_ext.reports.comparison.files import write_comparison
from mmseg_ext.reports.folder import write_report


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp('report') / 'new'
    write_report(page_evaluation(), folder, page_images())
    return folder


def test_all_files_are_written_and_nothing_else(folder):
    names = sorted(file.name for file in folder.iterdir())
    assert names == ['per_class.csv', 'report.html', 'report.json', 'report.md']
    assert read_evaluation(folder / 'report.json').metadata['seed'] == 3


def test_csv(folder):
    lines = list(csv.DictReader(io.StringIO((folder / 'per_class.csv').read_text())))
    evaluation = page_evaluation()
    assert [line['class'] for line in lines] == list(evaluation.classes)
    assert float(lines[1]['iou']) == pytest.approx(100 * evaluation.scores.iou[1])
    assert float(lines[1]['iou_low']) < float(lines[1]['iou']) < float(lines[1]['iou_high'])
    assert lines[1]['images'] == '30' and lines[3]['images'] == '0'
    assert sum(float(line['pixels']) for line in lines) == pytest.approx(100)
    assert lines[3]['iou'] == lines[3]['accuracy'] == ''


def test_csv_marks_the_tail_and_knows_the_training_shares(tmp_path):
    write_report(draw_evaluation(), tmp_path)
    lines = list(csv.DictReader(io.StringIO((tmp_path / 'per_class.csv').read_text())))
    assert [line['tail'] for line in lines] == ['0', '0', '1']
    assert [line['train_pixels'] for line in lines] == ['80.0', '18.5', '1.5']


def test_markdown(folder):
    text = (folder / 'report.md').read_text()
    assert text.startswith('# quick\\|start on Streets val\n')
    rows = [line for line in text.splitlines() if line.startswith('|')]
    assert len({len(re.findall(r'(?<!\\)\|', row)) for row in rows[:7]}) == 1
    assert 'mean of 3 present' in text
    assert r'`configs/quick\|start.py`' in text


def test_a_file_name_that_is_not_utf8(tmp_path):
    name = os.fsdecode(b'caf\xe9.png')
    evaluation = page_evaluation()
    images = (name, *evaluation.images[1:])
    shown = [replace(image, index=0) for image in page_images()[:1]]
    write_report(replace(evaluation, images=images), tmp_path, shown)
    assert read_evaluation(tmp_path / 'report.json').images == images
    assert r'caf\udce9.png' in (tmp_path / 'report.html').read_text(encoding='utf-8')


def pages(folder, tmp_path):
    comparison = compare(
        Method('plain', (page_evaluation(),)), [Method('ours <b>', (other_seed(),))]
    )
    write_comparison(comparison, tmp_path)
    return [(folder / 'report.html').read_text(), (tmp_path / 'comparison.html').read_text()]


def other_seed():
    evaluation = page_evaluation()
    matrices = evaluation.matrices.copy()
    moved = np.minimum(3, matrices[:, 1, 1])
    matrices[:, 1, 1] -= moved
    matrices[:, 1, 0] += moved
    return evaluation.__class__(evaluation.classes, evaluation.images, matrices)


def test_pages_need_nothing_but_themselves(folder, tmp_path):
    for page in pages(folder, tmp_path):
        sources = re.findall(r'(?:src|href)="([^"]*)"', page)
        assert all(source.startswith(('data:', '#')) for source in sources)
        assert not re.search(r'url\((?!#)|@import|fetch\(|XMLHttpRequest', page)
        assert "default-src 'none'" in page


def test_names_are_text_and_never_markup(folder, tmp_path):
    for page in pages(folder, tmp_path):
        assert '<script>alert' not in page and '&lt;script&gt;alert' in page
        assert 'ours <b>' not in page


def test_plots_take_the_colours_of_the_theme(folder):
    page = (folder / 'report.html').read_text()
    assert page.count('<svg role="img"') == 3, 'confusions, losses, validation'
    assert 'currentColor' in page and '#010203' not in page
    assert 'dc:creator' not in page


def test_equal_evaluations_give_equal_pages(folder, tmp_path):
    write_report(page_evaluation(), tmp_path, page_images())
    assert (tmp_path / 'report.html').read_text() == (folder / 'report.html').read_text()


def test_comparison_files(folder, tmp_path):
    pages(folder, tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        'comparison.csv', 'comparison.html', 'comparison.md', 'comparison.png',
    ]  # fmt: skip
    text = (tmp_path / 'comparison.md').read_text()
    assert text.startswith('# ours &lt;b> against plain\n\n30 images of Streets val\n')
    assert '- ours &lt;b> against plain: mIoU -' in text
