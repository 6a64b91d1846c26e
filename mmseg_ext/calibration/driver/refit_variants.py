"""Classifiers fitted anew on frozen pixels, with and without a projection, and validated."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmseg_ext.calibration.cross_validation import fold_of_frames
from mmseg_ext.calibration.driver.fit_data import FRAMES
from mmseg_ext.calibration.driver.frozen_pixels import FrozenPixels
from mmseg_ext.calibration.gains import Gain, score_gains
from mmseg_ext.calibration.refit import (
    Classifier,
    StyleMoments,
    refit_classifier,
    style_projection,
)
from mmseg_ext.common.errors import ConfigError
from mmseg_ext.evaluation.resampling import Units

CONTROL, REMOVED = 'refit', 'refit, styles removed'
"""The variants: without and with a projection."""


@dataclass(frozen=True)
class RefitOptions:
    """How to fit anew.

    Attributes:
        split: 'train' or 'val'.
        frames: How many frames to draw; all where there are no more.
        balance: 0 weighs all pixels alike, 1 all classes.
        styles: Arguments of `Corrupt` for each style to remove.
        style_weight: λ of :func:`~mmseg_ext.calibration.refit.style.style_projection`.
        keep: η of it.
        objective: Of the calibration that follows; None for none.
        seed: Of all draws.
    """

    split: str = 'train'
    frames: int = FRAMES
    balance: float = 0.0
    styles: tuple[dict[str, Any], ...] = ()
    style_weight: float = 1.0
    keep: float = 0.98
    objective: str | None = 'mIoU'
    seed: int = 0

    def projection(self, moments: StyleMoments) -> np.ndarray:
        """Return the projection without the styles, shape (D, D).

        Raises:
            ConfigError: `style_weight` or `keep` is out of range.
        """
        try:
            return style_projection(moments.total, moments.changes, self.style_weight, self.keep)
        except ValueError as error:
            raise ConfigError(f'--lambda and --keep: {error}') from error


@dataclass(frozen=True)
class RefitVariants:
    """What a classifier becomes when it is fitted anew.

    Attributes:
        trained: The classifier that the model has.
        pixels: To fit on, of F frames.
        units: Which frames belong together.
        moments: Those of the styles, for each fold of frames; none to remove none.
        options: How to fit.
        tail_ids: The ids of the rare classes.
    """

    trained: Classifier
    pixels: FrozenPixels
    units: Units
    moments: Sequence[StyleMoments]
    options: RefitOptions
    tail_ids: Sequence[int]

    @property
    def folds(self) -> np.ndarray:
        """The fold of each frame, int64, shape (F,)."""
        return fold_of_frames(self.units, self.options.seed)

    @property
    def names(self) -> list[str]:
        """The variants that are fitted; the last is the one that was asked for."""
        return [CONTROL, REMOVED] if self.moments else [CONTROL]

    def fit(self, variant: str, without: int | None = None) -> Classifier:
        """Fit on all frames, or on those of all folds but one."""
        chosen = self.folds[self.pixels.frames] != without
        projection = None
        if variant == REMOVED:
            merged = StyleMoments(self.trained.weight.shape[1])
            for fold, each in enumerate(self.moments):
                if fold != without:
                    merged.merge(each)
            projection = self.options.projection(merged)
        return refit_classifier(
            self.pixels.features[chosen],
            self.pixels.labels[chosen],
            self.trained,
            projection,
            self.options.balance,
        )

    def gains(self, variant: str, fitted: Callable[[], None]) -> dict[str, Gain]:
        """Compare with the model as it was trained, on frames of folds that were not fitted on.

        Args:
            variant: One of :attr:`names`.
            fitted: Called after each fit.

        Returns:
            Gains of the means by name.
        """
        folds = self.folds
        before = self._matrices(self.trained)
        after = np.zeros_like(before)
        for fold in range(folds.max() + 1):
            of_fold = self._matrices(self.fit(variant, fold))
            after[folds == fold] = of_fold[folds == fold]
            fitted()
        draws = self.units.draw(seed=self.options.seed)
        means, _ = score_gains(before, after, draws, self.tail_ids)
        return means

    def logits(self, classifier: Classifier) -> np.ndarray:
        """Return the logits of all pixels, float32, shape (N, C)."""
        weight, bias = (values.astype(np.float32) for values in classifier)
        return self.pixels.features @ weight.T + bias

    def _matrices(self, classifier: Classifier) -> np.ndarray:
        """Return the confusion matrix of each frame, int64, shape (F, C, C)."""
        classes, frames = len(classifier.bias), len(self.units.of_image)
        decided = self.logits(classifier).argmax(1)
        cells = (self.pixels.frames * classes + self.pixels.labels) * classes + decided
        counts = np.bincount(cells, minlength=frames * classes**2)
        return counts.reshape(frames, classes, classes)
