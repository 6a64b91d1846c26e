"""A sample of pixels is of a bounded size, drawn alike from every frame, and knows its labels."""

import numpy as np
import pytest
import torch

from mmseg_ext.calibration.driver.pixel_sample import PixelSample


def frame(number, height=20, width=30):
    """Labels 0 and 1, a row ignored; logits that tell frame, label and place."""
    labels = torch.arange(height * width).reshape(height, width) % 2
    labels[0] = 255
    place = torch.arange(height * width).reshape(height, width).float()
    return torch.stack([torch.full_like(place, number), place]), labels


def sampled(frames=8, most=1000, seed=0, larger=()):
    sample = PixelSample(2, frames, seed, most)
    for number in range(frames):
        sample.add(*frame(number, 20, 90 if number in larger else 30), 255)
    return sample


def test_all_labelled_pixels_are_taken_where_there_are_few():
    logits, labels, frames = sampled(most=10**6).take()
    assert logits.shape == (2, 8 * 19 * 30) and logits.dtype == np.float32
    np.testing.assert_array_equal(logits[0], frames)
    np.testing.assert_array_equal(labels, logits[1] % 2)
    assert logits[1].min() == 30


def test_few_of_many_are_the_same_share_of_each_frame():
    logits, labels, frames = sampled().take()
    assert 900 < len(labels) <= 1000
    assert np.ptp(np.bincount(frames)) <= 1
    np.testing.assert_array_equal(logits[0], frames)
    np.testing.assert_array_equal(labels, logits[1] % 2)
    again, other = sampled().take(), sampled(seed=1).take()
    np.testing.assert_array_equal(logits, again[0])
    assert not np.array_equal(logits[1], other[0][1])


def test_larger_frames_later_leave_the_sample_small_and_the_shares_equal():
    sample = sampled(larger=range(4, 8))
    assert sample.pixels <= 1000
    counts = np.bincount(sample.take()[2])
    assert counts[4:].min() > 2.5 * counts[:4].max()


def test_many_classes_leave_fewer_pixels():
    sample = PixelSample(1000, 1, 0)
    assert sample._most == 40_000


def test_a_frame_without_labels_and_wrong_labels():
    sample = PixelSample(2, 2, 0)
    logits, labels = frame(0)
    sample.add(logits, torch.full_like(labels, 255), 255)
    assert sample.pixels == 0
    with pytest.raises(ValueError, match=r'label ids \[7\] outside 0..1'):
        sample.add(logits, torch.full_like(labels, 7), 255)
    with pytest.raises(ValueError, match=r'prediction has \(20, 30\) pixels and the labels \(2,'):
        sample.add(logits, labels[:2], 255)
