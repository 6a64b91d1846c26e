"""What is promised of frames that were not fitted on, and which stage is chosen."""

import numpy as np
import pytest
from planted import drawn

from mmseg_ext.calibration import calibrate
from mmseg_ext.calibration.cross_validation import fold_of_frames
from mmseg_ext.evaluation.resampling import Units, clustered
from mmseg_ext.evaluation.scores import ClassScores

WRONG = [0.0, 1.5, 2.5]


def frames_of(pixels, frames=20):
    return np.arange(pixels) * frames // pixels


def decided(logits, labels, bias=0):
    matrix = np.zeros((3, 3), np.int64)
    np.add.at(matrix, (labels, (logits + bias).argmax(1)), 1)
    return ClassScores.from_confusion(matrix)


def test_the_expected_gain_is_that_on_new_frames():
    logits, labels = drawn(20_000, WRONG)
    calls = []
    result = calibrate(
        logits, labels, frames_of(20_000), tail=[2], fitted=lambda *done: calls.append(done)
    )
    assert result.shown and result.folds == 5 and result.frames == 20
    assert calls == [(done, 6) for done in range(1, 7)]
    assert set(result.gains) == {'mIoU', 'tail_mIoU', 'mAcc', 'aAcc', 'nll'}
    before = decided(logits.astype(np.float32), labels)
    assert result.gains['mIoU'].before == pytest.approx(before.mean_iou, abs=1e-9)
    assert result.gains['aAcc'].before == pytest.approx(before.pixel_accuracy, abs=1e-9)
    assert result.class_gains[2].before == pytest.approx(before.iou[2], abs=1e-9)
    new, new_labels = drawn(50_000, WRONG, seed=1)
    real = decided(new, new_labels, result.bias).mean_iou - decided(new, new_labels).mean_iou
    gain = result.gains['mIoU']
    assert gain.low < gain.change < gain.high
    assert gain.change == pytest.approx(real, abs=0.02)
    np.testing.assert_array_equal(result.labelled, np.bincount(labels))


def test_nothing_is_shown_where_nothing_is_wrong():
    logits, labels = drawn(4000, [0.0, 0.0, 0.0])
    result = calibrate(logits, labels, frames_of(4000), objective='nll')
    assert not result.shown and result.stage == 1
    assert abs(result.gains['nll'].change) < 0.01


def test_the_likelihood_alone_where_it_is_asked_for():
    logits, labels = drawn(6000, WRONG, scale=0.5)
    result = calibrate(logits, labels, frames_of(6000), objective='nll')
    assert result.stage == 1 and result.shown
    gain = result.gains['nll']
    assert gain.change < 0 and gain.high < 0
    assert result.scale == pytest.approx(0.5, abs=0.05)


def test_the_metric_is_searched_where_the_likelihood_does_not_serve_it():
    rng = np.random.default_rng(0)
    shares = [0.9, 0.08, 0.02]
    labels = rng.choice(3, 30_000, p=shares)
    # Their softmax is the probability; the mean accuracy is best without the shares in it.
    logits = rng.normal(size=(30_000, 3)) + np.eye(3)[labels] + np.log(shares)
    result = calibrate(logits, labels, frames_of(30_000), objective='mAcc')
    assert result.stage == 2 and result.shown
    np.testing.assert_allclose(result.bias - result.bias[0], -np.log(shares) + np.log(0.9), atol=1)


def test_frames_of_a_unit_stay_in_a_fold_and_folds_are_of_a_size():
    names = [f'{drive}/{frame}.png' for drive in 'ab' for frame in range(30)]
    units = clustered(names, [(name[0],) for name in names])
    folds = fold_of_frames(units, seed=3)
    assert set(folds) == set(range(5))
    assert np.bincount(folds).min() >= 10
    for unit in range(units.count):
        assert len(set(folds[units.of_image == unit])) == 1
    np.testing.assert_array_equal(folds, fold_of_frames(units, seed=3))
    assert not np.array_equal(folds, fold_of_frames(units, seed=4))
    assert set(fold_of_frames(Units(np.arange(3)), seed=0)) == {0, 1, 2}


def test_what_cannot_be_validated_is_refused():
    logits, labels = drawn(50, WRONG)
    with pytest.raises(ValueError, match='of 1 images: cross-validation needs two or more'):
        calibrate(logits, labels, np.zeros(50, int))
    with pytest.raises(ValueError, match='of 1 drives of 2 images: cross-validation'):
        calibrate(logits, labels, frames_of(50, 2), units=Units(np.zeros(2, int), 'drives', 1))
    with pytest.raises(ValueError, match='give the number of a frame for each pixel'):
        calibrate(logits, labels, np.zeros(3, int))
    with pytest.raises(ValueError, match="objective='iou' is not one of mIoU"):
        calibrate(logits, labels, frames_of(50), objective='iou')
