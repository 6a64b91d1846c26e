"""The same images under every model, from reports on disk to the page."""

import re
from argparse import Namespace
from dataclasses import replace

import cv2
import numpy as np
import pytest
from drawn import draw_evaluation

from mmseg_ext.commands.report import compare
from mmseg_ext.evaluation import Evaluation
from mmseg_ext.evaluation.comparison import Method
from mmseg_ext.evaluation.comparison import compare as compare_methods
from mmseg_ext.reports.comparison.same_frames import same_frames
from mmseg_ext.reports.folder import write_report
from mmseg_ext.reports.pictures.chosen import chosen_images
from mmseg_ext.reports.pictures.frames_file import Frame
from mmseg_ext.reports.pictures.picture import Picture, ReportImage

TITLES = ('input', 'truth', 'prediction', 'error')


def encoded(grey):
    return cv2.imencode('.png', np.full((6, 8), grey, np.uint8))[1].tobytes()


def write(folder, seed, suffix='.png'):
    """A report whose pictures are as grey as its seed."""
    evaluation: Evaluation = draw_evaluation(seed=seed)
    names = tuple(name.replace('.png', suffix) for name in evaluation.images)
    evaluation = replace(evaluation, images=names)
    pictures = [Picture(title, 'image/png', encoded(seed)) for title in TITLES]
    images = [ReportImage(i, why, pictures) for i, why in chosen_images(evaluation).items()]
    write_report(evaluation, folder, images)


def page_of(folder, *runs):
    first, *others = (f'{run}={folder / run}' for run in runs)
    compare(Namespace(methods=others, baseline=first, cluster=None, out=folder / 'out'))
    return (folder / 'out' / 'comparison.html').read_text()


def captions(page):
    return re.findall(r'<figcaption>(\w+(?:, \w+)?)', page)


def test_two_models_are_side_by_side(tmp_path, capsys):
    """Each picture is of the report that it is said to be of; suffixes do not matter."""
    write(tmp_path / 'plain', 1), write(tmp_path / 'ours', 2, '.jpg')
    page = page_of(tmp_path, 'plain', 'ours')
    assert captions(page) == [
        'input', 'truth', 'prediction, plain', 'error, plain', 'prediction, ours', 'error, ours',
    ]  # fmt: skip
    uris = [Picture('', 'image/png', encoded(seed)).uri for seed in (1, 2)]
    assert re.findall('<img src="([^"]*)"', page) == [uris[0]] * 4 + [uris[1]] * 2
    labelled = draw_evaluation().image_scores.labelled
    name = draw_evaluation().images[labelled[:, 2].argmax()]
    assert f'{name} <span class="soft">the most cyclist of all images' in page
    place = int(name[:3])
    scores = [100 * draw_evaluation(seed=seed).image_scores.iou[place, 2] for seed in (1, 2)]
    assert all(f': cyclist {score:.1f}\u00a0%' in page for score in scores)


def test_a_model_without_pictures_is_named(tmp_path, capsys):
    for seed, name in enumerate(('plain', 'ours', 'old')):
        write(tmp_path / name, seed)
    (tmp_path / 'old' / 'frames.json').unlink()
    page = page_of(tmp_path, 'plain', 'ours', 'old')
    assert 'No images are known of old.' in page and len(captions(page)) == 6
    (tmp_path / 'ours' / 'frames.json').unlink()
    page = page_of(tmp_path, 'plain', 'ours', 'old')
    assert 'None are shown' in page and '<img ' not in page


@pytest.mark.parametrize(
    ('models', 'shown', 'pictures', 'columns'),
    [(2, 6, 6, 3), (3, 6, 8, 4), (9, 4, 11, 0), (45, 1, 47, 0)],
)
def test_the_more_models_the_fewer_images(models, shown, pictures, columns):
    """Of eight images that all of them have."""
    runs = [Method(f'm{i}', (draw_evaluation(seed=i),)) for i in range(models)]
    comparisons = compare_methods(runs[0], runs[1:])
    each = tuple(Picture(title, 'image/png', b'') for title in TITLES)
    frames = {run.name: [Frame(f'{i:03}.png', ('car',), each) for i in range(8)] for run in runs}
    found = same_frames(comparisons, frames)
    assert (len(found['frames']), found['left_out']) == (shown, 8 - shown)
    assert all(len(frame['pictures']) == pictures for frame in found['frames'])
    assert {frame['columns'] for frame in found['frames']} == {columns}
