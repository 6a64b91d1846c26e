"""What is resampled: images, drives, or blocks of consecutive frames."""

import json
import re

import numpy as np
import pytest
from drawn import draw_evaluation
from hypothesis import given
from hypothesis import strategies as st

from mmseg_ext.common.errors import ConfigError, DataError
from mmseg_ext.evaluation import Evaluation
from mmseg_ext.evaluation.boundary_quality import BoundaryQuality
from mmseg_ext.evaluation.intervals import draw_images
from mmseg_ext.evaluation.resampling import units_of
from mmseg_ext.reports import read_evaluation, write_evaluation
from mmseg_ext.reports.folder import write_report
from mmseg_ext.reports.listing import list_reports
from mmseg_ext.reports.table import per_class_table

PATTERN = r'(\w+)_'


def frames(*counts):
    """Names of the frames of drives a, b, …"""
    return tuple(
        f'{drive}_{frame:04d}.png'
        for drive, count in zip('abcdefghijklmnop', counts, strict=False)
        for frame in range(count)
    )


def test_eight_drives_are_resampled_whole():
    units = units_of(frames(*[3] * 7, 5), PATTERN)
    assert (units.kind, units.count, units.drives) == ('drives', 8, 8)
    np.testing.assert_array_equal(units.of_image, np.repeat(range(8), [3] * 7 + [5]))
    assert units.described == '8 drives of 3 to 5 images'


def test_of_seven_drives_blocks_are_resampled():
    units = units_of(frames(*[4] * 7), PATTERN)
    assert (units.kind, units.count, units.drives) == ('blocks', 14, 7)
    np.testing.assert_array_equal(units.of_image, np.repeat(range(14), 2))
    assert units.described == '14 blocks of 2 consecutive frames within 7 drives'


def test_drives_of_one_image_each_are_images():
    assert units_of(frames(*[1] * 12), PATTERN).described == '12 images'


def test_the_test_set_of_camvid_is_21_blocks():
    """62 and 171 frames: 8 blocks of about 8, and 13 of about 13."""
    units = units_of(frames(62, 171), PATTERN)
    sizes = np.bincount(units.of_image)
    assert sorted(sizes[:8]) == [7, 7, 8, 8, 8, 8, 8, 8] and set(sizes[8:]) == {13, 14}
    assert units.described == '21 blocks of 7 to 14 consecutive frames within 2 drives'


def test_blocks_are_consecutive_by_name_wherever_the_images_are_listed():
    names = ('b_9.png', 'a_100.png', 'a_9.png', 'b_10.png', 'a_20.png', 'b_8.png', 'a_10.png')
    units = units_of(names, PATTERN)
    blocks = [
        {name for name, unit in zip(names, units.of_image, strict=True) if unit == block}
        for block in range(units.count)
    ]
    assert blocks == [
        {'a_9.png', 'a_10.png'}, {'a_20.png', 'a_100.png'}, {'b_8.png', 'b_9.png'}, {'b_10.png'},
    ]  # fmt: skip


@given(st.lists(st.integers(1, 40), min_size=1, max_size=15))
def test_every_image_is_in_one_unit_of_its_drive(counts):
    names = frames(*counts)
    units = units_of(names, PATTERN)
    assert set(units.of_image) == set(range(units.count))
    for unit in range(units.count):
        assert (
            len({name[0] for name, u in zip(names, units.of_image, strict=True) if u == unit}) == 1
        )
    assert units.count > 1 or len(names) == 1
    if units.kind == 'blocks':
        longest = max(counts) ** 0.5
        assert np.bincount(units.of_image).max() <= longest + 1.5


@pytest.mark.parametrize(
    ('pattern', 'described'),
    [
        (None, '4 images'),
        (r'(\w+)\.', '4 images'),
        (r'(\w+)_x', "4 images one by one, since drive_pattern '(\\\\w+)_x' names the drive of"),
    ],
)
def test_images_are_resampled_where_no_drive_is_known(pattern, described):
    units = units_of(frames(4), pattern)
    assert units.described.startswith(described)
    np.testing.assert_array_equal(units.draw(50, seed=3), draw_images(4, 50, seed=3))


def test_whole_units_are_drawn_as_often_as_there_are_and_again_from_the_same_seed():
    units = units_of(frames(5, 9), PATTERN)
    draws = units.draw(200, seed=1)
    first = np.unique(units.of_image, return_index=True)[1]
    np.testing.assert_array_equal(draws[:, first].sum(1), units.count)
    np.testing.assert_array_equal(draws, draws[:, first][:, units.of_image])
    np.testing.assert_array_equal(draws, units.draw(200, seed=1))
    assert (draws != units.draw(200, seed=2)).any()


def test_counts_are_summed_within_units():
    units = units_of(frames(*[2] * 8), PATTERN)
    counts = np.arange(48).reshape(16, 3)
    np.testing.assert_array_equal(units.sum(counts), counts.reshape(8, 2, 3).sum(1))


def clustered_evaluation(**fields):
    """30 images of 10 drives, whose images are alike."""
    alike = np.repeat(draw_evaluation(images=10).matrices, 3, axis=0)
    evaluation = draw_evaluation(images=30, drive_pattern=PATTERN, **fields)
    return Evaluation(
        evaluation.classes, frames(*[3] * 10), alike, tail=evaluation.tail, drive_pattern=PATTERN,
        **fields,
    )  # fmt: skip


def test_intervals_agree_with_a_loop_over_resampled_drives():
    evaluation = clustered_evaluation()
    rng, ious = np.random.default_rng(5), []
    for _ in range(3000):
        drawn = (3 * rng.integers(0, 10, 10)[:, None] + np.arange(3)).ravel()
        matrix = evaluation.matrices[drawn].sum(0)
        hits = np.diag(matrix)
        ious.append(hits / (matrix.sum(0) + matrix.sum(1) - hits))
    expected = np.percentile(ious, [2.5, 97.5], axis=0)
    intervals = evaluation.intervals(3000)
    np.testing.assert_allclose(intervals.iou, expected, atol=0.004)
    means = np.percentile(np.mean(ious, axis=1), [2.5, 97.5])
    np.testing.assert_allclose(intervals.mean_iou, means, atol=0.004)
    alone = Evaluation(evaluation.classes, evaluation.images, evaluation.matrices).intervals(3000)
    # Three alike images are one observation: narrower by the root of three.
    widths = [np.diff(each.mean_iou)[0] for each in (intervals, alone)]
    assert widths[0] / widths[1] == pytest.approx(3**0.5, rel=0.1)


def test_boundary_intervals_are_over_the_same_units():
    quality = BoundaryQuality()
    counts = np.repeat(np.random.default_rng(0).integers(1, 60, (10, quality.rows, 3)), 3, axis=0)
    counts[:, 1::3] += 100
    fields = dict(boundary=counts, boundary_settings=quality.settings)
    together = clustered_evaluation(**fields)
    alone = Evaluation(together.classes, together.images, together.matrices, **fields)
    widths = [np.diff(e.boundary_intervals()['mBoundaryIoU'])[0] for e in (together, alone)]
    assert widths[0] > 1.4 * widths[1]


def test_the_report_keeps_the_pattern_and_says_what_was_resampled(tmp_path):
    folder = tmp_path / 'clustered'
    write_report(clustered_evaluation(), folder)
    content = json.loads((folder / 'report.json').read_text())
    assert content['drive_pattern'] == PATTERN
    assert content['resampled'] == dict(
        units='drives', number=10, described='10 drives of 3 images'
    )
    read = read_evaluation(folder / 'report.json')
    assert read.drive_pattern == PATTERN and read.units.count == 10
    for file in ('report.html', 'report.md'):
        assert 'over 10 drives of 3 images: ' in (folder / file).read_text()
    table = per_class_table(read, read.intervals())
    assert 'intervals: bootstrap over 10 drives of 3 images\n' in table
    table, problems = list_reports(tmp_path)
    assert re.search(r'\| +10 drives \|', table) and not problems


def test_a_report_of_images_says_so(tmp_path):
    write_report(draw_evaluation(), tmp_path)
    assert 'bootstrap intervals over 30 images: ' in (tmp_path / 'report.md').read_text()


@pytest.mark.parametrize(
    ('dataset', 'kind'), [('CamVidDataset', 'blocks'), ('MyDataset', 'images'), (None, 'images')]
)
def test_an_older_report_of_a_known_data_set_has_its_drives(tmp_path, dataset, kind):
    evaluation = Evaluation(
        ('road', 'car', 'cyclist'),
        tuple(f'Seq05VD_f{frame:05d}.png' for frame in range(30)),
        draw_evaluation().matrices,
        metadata=dict(data=dict(dataset=dataset)),
    )
    file = tmp_path / 'report.json'
    write_evaluation(evaluation, file)
    # A report of today says that there is no pattern.
    assert read_evaluation(file).units.kind == 'images'
    content = json.loads(file.read_text())
    del content['drive_pattern'], content['resampled']
    file.write_text(json.dumps(content))
    assert read_evaluation(file).units.kind == kind


@pytest.mark.parametrize('pattern', ['(', 'no_group', 7, ['(a)']])
def test_a_pattern_that_is_none_is_refused(tmp_path, pattern):
    with pytest.raises(ConfigError, match='drive_pattern'):
        draw_evaluation(drive_pattern=pattern)
    file = tmp_path / 'report.json'
    write_evaluation(draw_evaluation(), file)
    file.write_text(json.dumps(json.loads(file.read_text()) | dict(drive_pattern=pattern)))
    with pytest.raises(DataError, match='a broken report, drive_pattern'):
        read_evaluation(file)
