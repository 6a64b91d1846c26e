"""Comparisons in which drives, or blocks of their frames, are resampled."""

from dataclasses import replace

import numpy as np
import pytest
from drawn import draw_evaluation
from simulated import LAYOUTS, drive_rates

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.evaluation.comparison import Method, compare
from mmseg_ext.reports.comparison.tables import comparison_table
from mmseg_ext.reports.comparison.words import findings, how_to_read

NAMES = tuple(f'{drive}_{frame}.png' for drive in 'abcdefghij' for frame in range(3))
PATTERN = r'(\w)_'


def sides(patterns=(PATTERN, PATTERN), names=NAMES):
    """Two methods on 30 images of 10 drives, whose frames are alike."""
    result = []
    for seed, (name, pattern) in enumerate(zip(('plain', 'ours'), patterns, strict=True)):
        run = draw_evaluation((0.95, 0.8 + 0.01 * seed, 0.5), seed, images=10)
        run = replace(
            run, images=names, matrices=np.repeat(run.matrices, 3, axis=0), drive_pattern=pattern
        )
        result.append(Method(name, (run,)))
    return result


def compared(cluster=None, **fields):
    baseline, method = sides(**fields)
    return compare(baseline, [method], cluster=cluster)[0]


def test_drives_are_the_observations():
    by_drive, by_image = compared(), compared('(.*)')
    assert (by_drive.units.kind, by_drive.units.count) == ('drives', 10)
    assert (by_image.units.kind, by_image.units.count) == ('images', 30)
    for drive, image in zip(by_drive.rows, by_image.rows, strict=True):
        assert drive.change == image.change
        assert drive.units == pytest.approx(image.units / 3, rel=0.01)
        assert drive.p_value >= image.p_value
        widths = [np.diff(row.interval)[0] for row in (drive, image)]
        assert widths[0] == pytest.approx(3**0.5 * widths[1], rel=0.2)
    assert by_drive.classes[0].p_value > by_image.classes[0].p_value


def test_the_same_as_of_the_drives_images_together():
    """Drives of equal size: as if each drive were one image."""
    whole = [
        replace(m.runs[0], images=NAMES[::3], matrices=m.runs[0].matrices[::3], drive_pattern=None)
        for m in sides()
    ]
    (of_images,) = compare(Method('plain', whole[:1]), [Method('ours', whole[1:])])
    for ours, theirs in zip(compared().rows, of_images.rows, strict=True):
        assert ours.p_value == pytest.approx(theirs.p_value)
        np.testing.assert_allclose(ours.interval, theirs.interval)


def test_one_report_that_knows_the_drives_is_enough():
    assert compared(patterns=(None, PATTERN)).units.kind == 'drives'
    assert compared(patterns=(None, None)).units.kind == 'images'


def test_two_patterns_are_refused_unless_one_is_chosen():
    patterns = (PATTERN, r'(.)_\d')
    with pytest.raises(ConfigError, match='by different patterns, .*choose one by --cluster'):
        compared(patterns=patterns)
    assert compared(PATTERN, patterns=patterns).units.kind == 'drives'


def test_tables_and_words_say_what_was_resampled():
    comparison = compared()
    assert '95 % (drives)' in comparison_table(comparison).field_names
    assert 'bootstrap over 10 drives of 3 images and' in how_to_read([comparison])
    assert findings(comparison)[-1].startswith('From 10 drives alone, the bootstrap makes')
    blocks = compared(names=tuple(f'a_{number:02d}.png' for number in range(30)))
    assert '95 % (blocks)' in comparison_table(blocks).field_names
    assert 'over 6 blocks of 5 consecutive frames within 1 drive and' in how_to_read([blocks])


@pytest.mark.slow
@pytest.mark.parametrize('layout', LAYOUTS)
def test_equal_models_are_seldom_told_apart_by_frames_that_are_alike(layout):
    """Consecutive frames correlate by 0.5, as on CamVid where they do most."""
    rates = drive_rates(LAYOUTS[layout], likeness=0.5, trials=500)
    assert rates['clustered'] <= 0.08 and rates['images'] > 0.1


@pytest.mark.slow
def test_what_drives_have_in_common_is_noise_where_drives_are_drawn():
    rates = drive_rates((20,) * 12, likeness=0.5, of_drives=0.2, trials=500)
    assert rates['clustered'] <= 0.08 and rates['images'] > 0.3
