"""What calibration does to frames that it was not fitted on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from mmseg_ext.calibration.likelihood import Likelihood, cross_entropy, fit_likelihood
from mmseg_ext.calibration.search import search_biases
from mmseg_ext.evaluation.resampling import Units

FOLDS = 5


@dataclass(frozen=True)
class HeldOut:
    """Counts of every frame, by biases fitted on frames of other folds.

    Attributes:
        matrices: Confusion matrix of every frame at each stage, int64, shape (3, F, C, C); that of
            stage 2 is that of stage 1 where stage 2 was not asked for.
        losses: Sum of the cross-entropy of every frame's pixels as the model gives it and after
            stage 1, nats, float64, shape (2, F).
    """

    matrices: np.ndarray
    losses: np.ndarray

    def add(self, other: 'HeldOut') -> None:
        """Add the counts of other frames, in place."""
        np.add(self.matrices, other.matrices, out=self.matrices)
        np.add(self.losses, other.losses, out=self.losses)


def fold_of_frames(units: Units, seed: int, folds: int = FOLDS) -> np.ndarray:
    """Divide frames into folds of about equal size; frames of one unit stay together.

    Args:
        units: Images, drives, or blocks of consecutive frames within drives.
        seed: Of the order in which units are dealt.
        folds: At most how many.

    Returns:
        The fold of each frame, int64, shape (F,).

    Source: our decision.
    """
    sizes = np.bincount(units.of_image)
    filled = np.zeros(min(folds, units.count), np.int64)
    fold_of_unit = np.empty(units.count, np.int64)
    order = np.random.default_rng(seed).permutation(units.count)
    for unit in order[np.argsort(-sizes[order], kind='stable')]:
        fold_of_unit[unit] = filled.argmin()
        filled[fold_of_unit[unit]] += sizes[unit]
    return fold_of_unit[units.of_image]


def cross_validate(
    columns: np.ndarray,
    labels: np.ndarray,
    frames: np.ndarray,
    folds: np.ndarray,
    objective: str,
    tail: Sequence[int],
    start: Likelihood,
) -> Iterator[HeldOut]:
    """Fit on all folds but one, and decide the pixels of that one.

    Args:
        columns: Logits, float32, shape (C, N).
        labels: int64, shape (N,).
        frames: Frame of each pixel, int64, shape (N,).
        folds: Fold of each frame, int64, shape (F,).
        objective: As of :func:`~mmseg_ext.calibration.calibrate.calibrate`.
        tail: Likewise.
        start: Where the fits begin, which changes how long they take and nothing else.

    Yields:
        The counts of each fold's frames, zeros for the frames of others, which add up.
    """
    classes = len(columns)
    fold_of_pixel = folds[frames]
    as_is = Likelihood(1.0, np.zeros(classes))

    def matrices(pixels: np.ndarray, values: np.ndarray, bias: np.ndarray) -> np.ndarray:
        decided = (values + bias.astype(np.float32)[:, None]).argmax(0)
        cells = (frames[pixels] * classes + labels[pixels]) * classes + decided
        counts = np.bincount(cells, minlength=len(folds) * classes**2)
        return counts.reshape(len(folds), classes, classes)

    for fold in range(folds.max() + 1):
        fitted, held = (np.flatnonzero(where) for where in (fold_of_pixel != fold,
                                                            fold_of_pixel == fold))  # fmt: skip
        if not len(fitted) or not len(held):
            continue
        others, other_labels = columns[:, fitted].T, labels[fitted]
        likelihood = fit_likelihood(others, other_labels, start=start)
        biases = [as_is.bias, likelihood.logit_bias, likelihood.logit_bias]
        if objective != 'nll':
            biases[2] = search_biases(others, other_labels, biases[1], objective, tail)
        del others
        values = columns[:, held]
        losses = [
            np.bincount(frames[held], cross_entropy(values, labels[held], fit), len(folds))
            for fit in (as_is, likelihood)
        ]
        yield HeldOut(np.stack([matrices(held, values, bias) for bias in biases]), np.stack(losses))
