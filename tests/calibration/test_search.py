"""Stage 2 counts what argmax decides, exactly, and stops where no step helps."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted import drawn

from mmseg_ext.calibration import search_biases
from mmseg_ext.calibration.decisions import Decisions
from mmseg_ext.evaluation.confusion import confusion_matrix


def counted(logits, labels, bias):
    """Hits, labelled and predicted pixels, by another route: argmax and OpenCV's histogram."""
    decided = (logits + bias).argmax(1)
    matrix = confusion_matrix(decided[None], labels[None], logits.shape[1])
    return matrix.diagonal(), matrix.sum(1), matrix.sum(0)


def score(logits, labels, bias, objective, tail):
    hits, labelled, predicted = (part.astype(float) for part in counted(logits, labels, bias))
    with np.errstate(invalid='ignore', divide='ignore'):
        iou, accuracy = hits / (labelled + predicted - hits), hits / labelled
    classes = np.flatnonzero(labelled)
    rare = [c for c in tail if labelled[c]]
    values = dict(mIoU=iou[classes], tail_mIoU=iou[rare], mAcc=accuracy[classes])
    return values[objective].mean()


def searched_slowly(logits, labels, start, objective, tail):
    """The rule of `search_biases`, each comparison by a new argmax over all pixels."""
    bias = np.array(start, float)
    best = score(logits, labels, bias, objective, tail)
    for step in (0.6, 0.3, 0.15):
        moved = True
        while moved:
            moved = False
            for c in np.unique(labels):
                for change in (step, -step):
                    helped = False
                    while True:
                        other = bias.copy()
                        other[c] += change
                        now = score(logits, labels, other, objective, tail)
                        if now <= best:
                            break
                        bias, best, helped = other, now, True
                    if helped:
                        moved = True
                        break
    return bias


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.integers(2, 5))
def test_every_change_of_one_bias_is_counted_exactly(seed, classes):
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(40, classes)).astype(np.float32)
    labels = rng.integers(0, classes, 40)
    decisions = Decisions(np.ascontiguousarray(logits.T), labels, np.zeros(classes))
    for _ in range(12):
        which, step = int(rng.integers(classes)), float(rng.choice([-0.7, -0.2, 0.3, 0.9]))
        bias = decisions.bias.copy()
        bias[which] += step
        expected = counted(logits, labels, bias)
        for mine, theirs in zip(decisions.after(which, step), expected, strict=True):
            np.testing.assert_array_equal(mine, theirs)
        if rng.random() < 0.7:
            decisions.move(which, step)
            for mine, theirs in zip(decisions.counts, expected, strict=True):
                np.testing.assert_array_equal(mine, theirs)


@settings(max_examples=15)
@given(st.integers(0, 10_000), st.sampled_from(['mIoU', 'tail_mIoU', 'mAcc']))
def test_the_search_is_the_slow_one_and_no_single_step_is_left(seed, objective):
    rng = np.random.default_rng(seed)
    logits, labels = drawn(150, list(rng.normal(size=4)), seed=seed)
    logits, start, tail = logits.astype(np.float32), rng.normal(0, 0.5, 4), [0, 3]
    found = search_biases(logits, labels, start, objective, tail)
    slow = searched_slowly(logits.astype(float), labels, start, objective, tail)
    np.testing.assert_allclose(found, slow, atol=1e-9)
    best = score(logits, labels, found, objective, tail)
    assert best >= score(logits, labels, start, objective, tail)
    for which in np.unique(labels):
        for step in (0.15, -0.15):
            other = found.copy()
            other[which] += step
            assert score(logits, labels, other, objective, tail) <= best + 1e-12


def test_biases_that_common_classes_lack_are_found():
    """Of two classes the best of all biases is known by trying them."""
    logits, labels = drawn(3000, [0.0, 1.7])
    found = search_biases(logits, labels)
    tried = [
        score(logits, labels, np.array([0, bias]), 'mIoU', []) for bias in np.arange(-3, 3, 0.15)
    ]
    best = score(logits, labels, found, 'mIoU', [])
    assert best > max(tried) - 0.005
    assert found[1] - found[0] == pytest.approx(1.7, abs=0.5)


def test_a_class_without_pixels_is_left_alone():
    logits, labels = drawn(400, [0.0, 1.0, 0.0])
    kept = labels != 2
    assert search_biases(logits[kept], labels[kept], [0, 0, -0.5])[2] == -0.5


def test_mistakes_are_named():
    with pytest.raises(ValueError, match="objective='nll' is not one of mIoU, tail_mIoU, mAcc"):
        search_biases(np.zeros((2, 2)), [0, 1], objective='nll')
    for tail in ((), (2,)):
        with pytest.raises(ValueError, match='no pixel is labelled as a class of the tail'):
            search_biases(np.zeros((2, 3)), [0, 1], objective='tail_mIoU', tail=tail)
