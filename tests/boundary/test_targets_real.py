"""Large and real maps: equal to SciPy's transform, and much faster."""

import cv2
import numpy as np
import pytest
from numpy.testing import assert_allclose

from mmseg_ext.benchmark.street import THING_CLASSES, draw_street
from mmseg_ext.benchmark.targets import compare_targets
from mmseg_ext.boundary.targets import distance_map

ndimage = pytest.importorskip('scipy.ndimage')


def scipy_fractions(labels, ids, things):
    target = np.zeros(labels.shape)
    target[labels == 255] = -1
    for label in things:
        for number in np.unique(ids[labels == label]):
            mask = (labels == label) & (ids == number)
            distance = ndimage.distance_transform_edt(mask)
            target[mask] = (distance / distance.max())[mask]
    return target


def test_street_equals_scipy():
    labels, ids = draw_street(200, 256, 12)
    assert_allclose(
        distance_map(labels, ids, THING_CLASSES),
        scipy_fractions(labels, ids, THING_CLASSES),
        atol=1e-6,
    )


def test_real_labels_equal_scipy(camvid_root):
    path = sorted((camvid_root / 'annotations' / 'test').glob('*.png'))[40]
    labels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    labels[labels > 10] = 255
    target = distance_map(labels, thing_classes=[8])
    ids, count = ndimage.label(labels == 8, np.ones((3, 3)))
    assert count > 0
    assert_allclose(target, scipy_fractions(labels, ids, [8]), atol=1e-6)


@pytest.mark.slow
def test_forty_times_faster_than_scipy_per_class():
    result = compare_targets(512, 1024, instances=30, repeats=10, warm_up=2)
    for key in ('with_instances', 'connected_components'):
        assert result[key]['ratio'] < 1 / 40
