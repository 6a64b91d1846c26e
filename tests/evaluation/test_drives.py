"""Patterns that name the drive of an image."""

import re

import pytest

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.data import CamVidDataset, CheckedCityscapesDataset, ToyStreetsDataset
from mmseg_ext.evaluation.drive_patterns import DRIVE_PATTERNS
from mmseg_ext.evaluation.drives import drives_of


@pytest.mark.parametrize(
    ('dataset', 'image', 'drive'),
    [
        (CamVidDataset, '0001TP_008550.png', '0001TP'),
        (CamVidDataset, 'Seq05VD_f05100.jpg', 'Seq05VD'),
        (CamVidDataset, '0016E5_07959.png', '0016E5'),
        (
            CheckedCityscapesDataset,
            'frankfurt/frankfurt_000001_083852_leftImg8bit.png',
            'frankfurt_000001',
        ),
        (CheckedCityscapesDataset, 'ulm_000094_000019_leftImg8bit.png', 'ulm_000094'),
    ],
)
def test_the_data_sets_at_hand_name_their_drives(dataset, image, drive):
    pattern = dataset.METAINFO['drive_pattern']
    assert drives_of([image], pattern) == [(drive,)]
    assert DRIVE_PATTERNS[dataset.__name__] == pattern


def test_drawn_frames_are_of_no_drive():
    assert 'drive_pattern' not in ToyStreetsDataset.METAINFO


def test_all_groups_together_name_the_drive():
    names = ['ulm/3_0.png', 'ulm/4_0.png', 'bonn/3_0.png']
    assert drives_of(names, r'(\w+)/(?:frame)?(\d+)_') == [
        ('ulm', '3'),
        ('ulm', '4'),
        ('bonn', '3'),
    ]


@pytest.mark.parametrize(
    ('pattern', 'message'),
    [
        ('(', "--cluster '(': not a regular expression (missing ), unterminated subpattern at"),
        ('a_', "--cluster 'a_': has no group; put what names the drive into brackets, as in"),
        ('(?:a)_', "--cluster '(?:a)_': has no group"),
        (3, '--cluster=3: give a regular expression as a string'),
        ('(c)_', "--cluster '(c)_' names the drive of none of the 3 images, such as 'a_1.png'"),
        ('(a)_', "--cluster '(a)_' names the drive of 2 of 3 images, but not of 'b_1.png'"),
        ('(a?)', "--cluster '(a?)' names the drive of 2 of 3 images, but not of 'b_1.png'"),
    ],
)
def test_a_pattern_that_cannot_be_meant_is_refused(pattern, message):
    with pytest.raises(ConfigError, match=re.escape(message)):
        drives_of(['a_1.png', 'a_2.png', 'b_1.png'], pattern, '--cluster')
