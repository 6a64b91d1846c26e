"""The pictures that a comparison finds beside a report."""

import json

import pytest
from drawn import draw_evaluation

from mmseg_ext.common.errors import DataError
from mmseg_ext.reports.folder import write_data, write_report
from mmseg_ext.reports.pictures.frames_file import FRAMES_NAME, frames_beside
from mmseg_ext.reports.pictures.picture import Picture, Reason, ReportImage

PICTURES = [Picture('truth', 'image/png', b'\x89PNG'), Picture('input', 'image/jpeg', b'\xff\xd8')]
IMAGES = [
    ReportImage(3, (Reason('worst'), Reason('most of class', 2)), PICTURES),
    ReportImage(4, (Reason('best'),), PICTURES),
]


def test_the_images_that_the_labels_choose_are_kept(tmp_path):
    write_report(draw_evaluation(), tmp_path, IMAGES)
    (frame,) = frames_beside(tmp_path / 'report.json')
    assert (frame.image, frame.chosen_for) == ('003.png', ('cyclist',))
    assert list(frame.pictures) == PICTURES


def test_those_of_an_older_report_go_with_it(tmp_path):
    write_report(draw_evaluation(), tmp_path, IMAGES)
    write_data(draw_evaluation(), tmp_path)
    assert frames_beside(tmp_path / 'report.json') == []


def test_a_report_of_another_name_has_none(tmp_path):
    write_report(draw_evaluation(), tmp_path, IMAGES)
    assert frames_beside(tmp_path / 'other.json') == []


@pytest.mark.parametrize(
    'change',
    [
        lambda content: '[',
        lambda content: [],
        lambda content: content | {'version': 2},
        lambda content: content | {'frames': [{'image': 3}]},
        lambda content: content | {'frames': [content['frames'][0] | {'pictures': [{}]}]},
        lambda content: json.dumps(content).replace('image/png', 'text/html'),
        lambda content: json.dumps(content).replace('"/9g=', '"?'),
    ],
)
def test_a_broken_file_is_named(tmp_path, change):
    write_report(draw_evaluation(), tmp_path, IMAGES)
    path = tmp_path / FRAMES_NAME
    changed = change(json.loads(path.read_text()))
    path.write_text(changed if isinstance(changed, str) else json.dumps(changed))
    with pytest.raises(DataError, match='broken pictures') as raised:
        frames_beside(tmp_path / 'report.json')
    assert str(path) in str(raised.value)
