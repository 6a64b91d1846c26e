import numpy as np
import torch

from mmseg_ext.analysis.bias.measure import _Moments


def test_the_deviation_is_that_over_all_positions_of_all_images():
    rng = np.random.default_rng(0)
    images = [[rng.normal(5, 2, (1, 3, 4, 6))], [rng.normal(5, 2, (1, 3, 2, 5)) for _ in range(2)]]
    moments = _Moments()
    for features in images:
        moments.add([torch.from_numpy(feature) for feature in features])
    positions = [feature.reshape(3, -1) for features in images for feature in features]
    np.testing.assert_allclose(moments.deviation, np.concatenate(positions, axis=1).std(1))


def test_a_channel_that_never_changes_has_no_deviation():
    moments = _Moments()
    moments.add([torch.full((1, 2, 3, 3), 0.1)])
    np.testing.assert_allclose(moments.deviation, [0, 0], atol=1e-8)
