"""The parts of a report page, read as a browser's parser does."""

import math
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from drawn import draw_evaluation
from page import CALIBRATION, page_evaluation, page_images

from mmseg_ext.evaluation import Evaluation
from mmseg_ext.reports.folder import write_report
from mmseg_ext.reports.page.class_rows import class_table
from mmseg_ext.reports.page.confusions import top_confusions
from mmseg_ext.reports.page.fitted import fitted_parts
from mmseg_ext.reports.page.frames import image_groups
from mmseg_ext.reports.pictures.picture import Reason, ReportImage


class Text(HTMLParser):
    """The text of a page, without styles and scripts."""

    def __init__(self, html):
        super().__init__()
        self.parts, self.hidden = [], 0
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.hidden += tag in ('style', 'script')

    def handle_endtag(self, tag):
        self.hidden -= tag in ('style', 'script')

    def handle_data(self, data):
        self.parts += [] if self.hidden else [data]


def text_of(folder, evaluation, images=()):
    assert write_report(evaluation, folder, images) == []
    return ' '.join(' '.join(Text((folder / 'report.html').read_text()).parts).split())


def test_the_rows_of_the_means():
    """Against means of the rows above them."""
    evaluation = draw_evaluation()
    table = class_table(evaluation, evaluation.intervals(50))
    mean, tail = table['means']
    for name in ('iou', 'accuracy', 'precision', 'f1'):
        rows = [float(row[name]) for row in table['rows']]
        assert mean[name] == pytest.approx(sum(rows) / 3)
        assert tail[name] == pytest.approx(rows[2])
    (only,) = class_table(page_evaluation(), page_evaluation().intervals(50))['means']
    assert only['name'] == 'mean of 3 present' and not math.isnan(only['precision'])


def test_a_class_that_is_never_predicted_leaves_no_mean_of_precision():
    matrix = np.array([[[6, 2, 0], [1, 7, 0], [3, 1, 0]]])
    evaluation = Evaluation(('road', 'car', 'pole'), ('0.png',), matrix)
    (mean,) = class_table(evaluation, evaluation.intervals(50))['means']
    assert math.isnan(mean['precision'])
    assert mean['accuracy'] == pytest.approx((6 / 8 + 7 / 8 + 0) / 3)


def test_confusions_in_words(tmp_path):
    matrix = np.array([[[960, 9, 31], [20, 80, 0], [25, 25, 50]]])
    evaluation = Evaluation(('road', 'car', 'pole'), ('0.png',), matrix)
    said = [(each.true, each.called, each.pixels) for each in top_confusions(evaluation)]
    assert said == [
        ('pole', 'road', 25), ('pole', 'car', 25), ('car', 'road', 20), ('road', 'pole', 31),
    ]  # fmt: skip
    assert 'pole is called road : 25.0 % of it, 25 pixels' in text_of(tmp_path, evaluation)
    perfect = replace(evaluation, matrices=np.array([np.diag([5, 5, 5])]))
    assert 'No class loses 1 % of its pixels' in text_of(tmp_path, perfect)


def test_where_calibration_was_fitted_before_and_after(tmp_path):
    (part,) = fitted_parts({'calibration': CALIBRATION})
    assert [(gain.name, gain.change.word) for gain in part.means + part.classes] == [
        ('mIoU', 'better'), ('mean accuracy', 'worse'), ('road', 'unsure'), ('car', 'none'),
    ]  # fmt: skip
    text = text_of(tmp_path, page_evaluation())
    assert 'Fitted on 40 frames of Streets train for mIoU' in text
    assert 'mIoU ▲ +3.0 , better 50.0 53.0 +1.0 to +5.0' in text
    assert 'mean accuracy ▼ -5.0 , worse 80.0 75.0 -7.0 to -2.0' in text


def test_where_the_last_layer_was_fitted_anew():
    gains = {'mIoU': {'before': 0.5, 'after': 0.51, 'low': 0.0, 'high': 0.02}}
    record = {
        'dataset': 'Streets', 'split': 'train', 'pixels': 99, 'folds': 5, 'intervals': 'of images',
        'expected': {'refit': gains, 'refit and calibrated': gains},
    }  # fmt: skip
    parts = fitted_parts({'refit': record})
    assert [part.heading for part in parts] == [
        'Last layer fitted anew (refit)', 'Last layer fitted anew (refit and calibrated)',
    ]  # fmt: skip


def test_a_record_of_another_program_takes_nothing_with_it(tmp_path):
    evaluation = page_evaluation()
    metadata = {**evaluation.metadata, 'calibration': {'by': 'another'}}
    (problem,) = write_report(replace(evaluation, metadata=metadata), tmp_path)
    assert problem.startswith('what was fitted: cannot be drawn (KeyError')


def test_an_image_with_several_reasons_is_drawn_once(tmp_path):
    evaluation, pictures = draw_evaluation(), page_images()[0].pictures
    images = [
        ReportImage(3, (Reason('worst of class', 2), Reason('worst')), pictures),
        ReportImage(5, (Reason('best'), Reason('most of class', 2)), pictures),
    ]
    groups = image_groups(evaluation, images)
    assert [group['heading'] for group in groups] == [
        'Worst for cyclist', 'Worst images', 'Best images', 'By the labels alone',
    ]  # fmt: skip
    assert [len(frame['pictures']) for group in groups for frame in group['frames']] == [2, 0, 2, 0]
    text = text_of(tmp_path, evaluation, images)
    iou = 100 * evaluation.image_scores.iou[3, 2]
    assert f'003.png IoU of cyclist in this image {iou:.1f} %' in text
    page = (tmp_path / 'report.html').read_text()
    assert page.count('<img ') == 4 and page.count('href="#image-3-name"') == 2


def test_the_legend_has_the_classes_of_the_image(tmp_path):
    matrices = np.zeros((1, 3, 3), np.int64)
    matrices[0, 0, 1] = 5
    evaluation = Evaluation(('road', 'car', 'pole'), ('0.png',), matrices)
    image = ReportImage(0, (Reason('worst'),), page_images()[0].pictures)
    ((frame,),) = (group['frames'] for group in image_groups(evaluation, [image]))
    assert [name for name, _ in frame['legend']] == ['road', 'car']
