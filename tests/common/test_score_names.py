import pytest

import mmseg_ext  # noqa: F401  The rooms register their scores.
from mmseg_ext.common.score_names import dotted, is_known, score_name


@pytest.mark.parametrize(
    ('name', 'in_files'),
    [
        ('IoU/car', 'IoU.car'),
        ('IoU.car', 'IoU.car'),
        ('IoU/road/wet', 'IoU.road/wet'),
        ('IoU.road/wet', 'IoU.road/wet'),
        ('IoU/road.wet', 'IoU.road.wet'),
        ('F1/IoU/x', 'F1.IoU/x'),
        ('Precision/traffic light', 'Precision.traffic light'),
        ('BoundaryRecall/car', 'BoundaryRecall.car'),
        ('TrimapIoU_4px/car', 'TrimapIoU_4px.car'),
        ('TrimapIoU_0.5pc/car', 'TrimapIoU_0.5pc.car'),
        ('TrimapIoU_0.5pc.car', 'TrimapIoU_0.5pc.car'),
        ('TrimapIoU_1e-05pc/car', 'TrimapIoU_1e-05pc.car'),
        ('edge/F', 'edge.F'),
        ('edge_1/F', 'edge_1.F'),
        # With the prefix of a metric.
        ('day/IoU/car', 'day/IoU.car'),
        ('day/IoU.car', 'day/IoU.car'),
        ('day/mIoU', 'day/mIoU'),
        ('mTrimapIoU_0.5pc', 'mTrimapIoU_0.5pc'),
        ('mIoU', 'mIoU'),
    ],
)
def test_only_the_separator_differs_in_files(name, in_files):
    assert dotted(name) == in_files
    assert is_known(name)


@pytest.mark.parametrize('name', ['coco/bbox_mAP', 'auto', 'pascal/loss.x', 'PSNR', 'IoU.'])
def test_scores_of_others_are_left_alone(name):
    assert dotted(name) == name
    assert not is_known(name)


def test_a_name():
    assert score_name('IoU', 'road/wet') == 'IoU/road/wet'
