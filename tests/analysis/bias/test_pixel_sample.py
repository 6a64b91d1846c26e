import numpy as np

from mmseg_ext.analysis.bias import pixel_sample
from mmseg_ext.analysis.bias.pixel_sample import PixelSample


def test_pixels_of_every_class_alike_many(monkeypatch):
    monkeypatch.setattr(pixel_sample, 'PIXELS', 60)
    label = np.full((20, 20), 3)
    label[:5], label[5:10], label[0, 0] = 0, 1, 2
    sample = PixelSample(num_classes=3, num_images=2)
    for _ in range(2):
        places, classes = sample.draw(label)
        assert np.bincount(classes).tolist() == [10, 10, 1]
        assert len(set(places)) == 21
        np.testing.assert_array_equal(label.ravel()[places], classes)
        # Not class by class, so that every other row has all of them.
        assert (np.diff(classes) < 0).any()
    again = PixelSample(num_classes=3, num_images=2)
    again.draw(label)
    np.testing.assert_array_equal(again.draw(label)[0], places)
