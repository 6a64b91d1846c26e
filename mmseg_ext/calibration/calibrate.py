"""Calibrates decisions on logits and labels, and tells what to expect of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmseg_ext.calibration.columns import columns_of
from mmseg_ext.calibration.cross_validation import cross_validate, fold_of_frames
from mmseg_ext.calibration.gains import Gain, gains_of
from mmseg_ext.calibration.likelihood import fit_likelihood
from mmseg_ext.calibration.objectives import OBJECTIVES
from mmseg_ext.calibration.search import search_biases
from mmseg_ext.evaluation.resampling import Units


@dataclass(frozen=True)
class Calibration:
    """Biases of logits, and what they gained on frames that they were not fitted on.

    Attributes:
        objective: What was to be raised.
        stage: 1 where the likelihood alone chose the biases, 2 where the metric did.
        scale: s of stage 1: softmax(s (z + bias)) are probabilities.
        bias: What to add to the logits, float64, shape (C,).
        shown: Whether the objective rose: the 95 % interval of its change is above 0.
        gains: Of the means, by name.
        class_gains: Of the IoU of each class.
        labelled: Pixels of each class that were fitted on, int64, shape (C,).
        frames: Number of frames.
        units: What the intervals and folds are over, in words.
        folds: Number of folds.
    """

    objective: str
    stage: int
    scale: float
    bias: np.ndarray
    shown: bool
    gains: dict[str, Gain]
    class_gains: list[Gain]
    labelled: np.ndarray
    frames: int
    units: str
    folds: int


def calibrate(
    logits: Any,
    labels: Any,
    frames: Any,
    objective: str = 'mIoU',
    tail: Sequence[int] = (),
    units: Units | None = None,
    seed: int = 0,
    fitted: Callable[[int, int], None] | None = None,
) -> Calibration:
    """Find the bias of each class that serves an objective, by cross-validation over frames.

    Stage 1, :func:`~mmseg_ext.calibration.likelihood.fit_likelihood`, maximises the likelihood.
    Stage 2, :func:`~mmseg_ext.calibration.search.search_biases`, goes on from there to raise the
    metric itself. Both are fitted on four fifths of the frames and compared on the rest, five
    times. Of those whose gain there is shown the one that gained more is taken, fitted anew on all
    frames.

    Args:
        logits: z of N labelled pixels, shape (N, C).
        labels: Their class ids, shape (N,).
        frames: The frame that each is of, whole numbers from 0, shape (N,).
        objective: One of :data:`~mmseg_ext.calibration.objectives.OBJECTIVES`; with 'nll' there is
            stage 1 alone.
        tail: Ids of the rare classes, for 'tail_mIoU' and its gain.
        units: Which frames belong together; by default each is on its own.
        seed: Of the folds and the bootstrap.
        fitted: Called after each fit with how many are done and how many there will be.

    Raises:
        ValueError: The shapes do not belong together, the objective is unknown or has no tail, or
            there are not two frames, or two units, to validate on.

    Source: our decision.

    Example:
        >>> import numpy as np
        >>> rng = np.random.default_rng(0)
        >>> labels = rng.choice(3, 30000, p=[0.7, 0.25, 0.05])
        >>> logits = rng.normal(size=(30000, 3)) + 2 * np.eye(3)[labels] - [2, 1, 0]
        >>> result = calibrate(logits, labels, frames=np.arange(30000) // 1000)
        >>> result.shown, result.gains['mIoU'].change > 0.1
        (True, True)
        >>> decided = (logits + result.bias).argmax(1)
        >>> bool((decided == labels).mean() > (logits.argmax(1) == labels).mean())
        True
    """
    columns, ids = columns_of(logits, labels)
    numbers = np.asarray(frames).astype(np.int64, copy=False)
    if numbers.shape != ids.shape or numbers.min() < 0:
        raise ValueError(f'frames {numbers.shape}: give the number of a frame for each pixel')
    if objective not in OBJECTIVES:
        raise ValueError(f'objective={objective!r} is not one of {", ".join(OBJECTIVES)}')
    units = units or Units(np.arange(numbers.max() + 1))
    if units.count < 2 or len(np.unique(units.of_image[numbers])) < 2:
        raise ValueError(
            f'the pixels are of {units.described}: cross-validation needs two or more; give more '
            'frames'
        )
    of_frames = fold_of_frames(units, seed)
    folds = int(of_frames.max()) + 1

    def done(fits: int) -> None:
        if fitted is not None:
            fitted(fits, folds + 1)

    likelihood = fit_likelihood(columns.T, ids)
    biases = {1: likelihood.logit_bias}
    if objective != 'nll':
        biases[2] = search_biases(columns.T, ids, biases[1], objective, tail)
    done(1)
    parts = cross_validate(columns, ids, numbers, of_frames, objective, tail, likelihood)
    held_out = next(parts)
    done(2)
    for fits, part in enumerate(parts, 3):
        held_out.add(part)
        done(fits)
    tried = {stage: gains_of(held_out, stage, units, tail, seed) for stage in biases}
    stage = max(tried, key=lambda each: _rank(tried[each][0], objective))
    gains, class_gains = tried[stage]
    return Calibration(
        objective=objective,
        stage=stage,
        scale=likelihood.scale,
        bias=biases[stage],
        shown=_rank(gains, objective)[0],
        gains=gains,
        class_gains=class_gains,
        labelled=np.bincount(ids, minlength=len(columns)),
        frames=len(units.of_image),
        units=units.described,
        folds=folds,
    )


def _rank(gains: dict[str, Gain], objective: str) -> tuple[bool, float]:
    """Return whether a gain is shown, and how large it is."""
    gain = gains[objective]
    if objective == 'nll':
        return gain.high < 0, -gain.change
    return gain.low > 0, gain.change
