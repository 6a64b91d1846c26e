"""Classifiers fitted anew are compared on frames that they did not see."""

import numpy as np
import pytest
from sklearn.metrics import jaccard_score

from mmseg_ext.calibration.driver.frozen_pixels import FrozenPixels
from mmseg_ext.calibration.driver.refit_variants import (
    CONTROL,
    REMOVED,
    RefitOptions,
    RefitVariants,
)
from mmseg_ext.calibration.refit import (
    Classifier,
    StyleMoments,
    refit_classifier,
    style_projection,
)
from mmseg_ext.common.errors import ConfigError
from mmseg_ext.evaluation.resampling import Units

FRAMES, EACH = 10, 300


@pytest.fixture
def variants() -> RefitVariants:
    """Three classes in four directions; a style moves the last one, which tells the third."""
    random = np.random.default_rng(0)
    labels = random.choice(3, FRAMES * EACH, p=[0.6, 0.3, 0.1])
    centres = np.array([[2.0, 0, 0, 0], [0, 2.0, 0, 0], [-1.0, -1.0, 0, 2.0]])
    features = (centres[labels] + random.normal(size=(len(labels), 4))).astype(np.float32)
    frames = np.repeat(np.arange(FRAMES), EACH)
    moments = []
    for _ in range(5):
        moments.append(StyleMoments(4))
        plain = random.normal(size=(50, 4))
        moments[-1].add(plain, plain[None] + [0, 0, 0, 5.0])
    pixels = FrozenPixels(features, labels, frames, [], [])
    units = Units(np.arange(FRAMES))
    trained = Classifier(random.normal(size=(3, 4)), np.zeros(3))
    return RefitVariants(trained, pixels, units, moments, RefitOptions(keep=0.75), [2])


def mean_iou(variants, classifiers):
    """Of a classifier for each fold."""
    pixels = variants.pixels
    decided = np.empty_like(pixels.labels)
    for fold, each in enumerate(classifiers):
        held = variants.folds[pixels.frames] == fold
        logits = pixels.features[held].astype(float) @ each.weight.T + each.bias
        decided[held] = logits.argmax(1)
    return jaccard_score(pixels.labels, decided, average='macro')


@pytest.mark.parametrize('variant', [CONTROL, REMOVED])
def test_each_fold_is_decided_by_what_was_fitted_on_the_others(variants, variant):
    pixels, by_hand = variants.pixels, []
    for fold in range(5):
        others = variants.folds[pixels.frames] != fold
        merged = StyleMoments(4)
        for number, each in enumerate(variants.moments):
            if number != fold:
                merged.merge(each)
        projection = style_projection(merged.total, merged.changes, keep=0.75)
        by_hand.append(
            refit_classifier(
                pixels.features[others],
                pixels.labels[others],
                variants.trained,
                projection if variant == REMOVED else None,
            )
        )
        found = variants.fit(variant, without=fold)
        np.testing.assert_allclose(found.weight, by_hand[-1].weight, atol=1e-9)
        moved = np.abs(found.weight[:, 3]).max()
        assert moved < 0.1 if variant == REMOVED else moved > 0.5
    fits = []
    gains = variants.gains(variant, lambda: fits.append(1))
    assert len(fits) == 5
    assert gains['mIoU'].before == pytest.approx(mean_iou(variants, [variants.trained] * 5))
    assert gains['mIoU'].after == pytest.approx(mean_iou(variants, by_hand), abs=1e-3)
    assert gains['mIoU'].low > 0.1
    assert set(gains) == {'mIoU', 'tail_mIoU', 'mAcc', 'aAcc'}


def test_without_styles_there_is_no_projection(variants):
    assert variants.names == [CONTROL, REMOVED]
    alone = RefitVariants(
        variants.trained, variants.pixels, variants.units, [], variants.options, []
    )
    assert alone.names == [CONTROL]


def test_a_share_that_keeps_nothing(variants):
    with pytest.raises(ConfigError, match='--lambda and --keep: .* keeps 1 to 4 of 4 directions'):
        RefitOptions(keep=0.2).projection(variants.moments[0])
