"""How much calibration may be expected to gain, with intervals over frames."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from mmseg_ext.calibration.cross_validation import HeldOut
from mmseg_ext.calibration.objectives import means_of
from mmseg_ext.evaluation.intervals import percentile_interval, resampled_scores
from mmseg_ext.evaluation.resampling import Units
from mmseg_ext.evaluation.scores import ClassScores, share


class Gain(NamedTuple):
    """A score before and after, on frames of folds that were not fitted on.

    Fractions, but `nll`, which is in nats, and of which less is better.

    Attributes:
        before: As the model decides.
        after: Calibrated.
        low: Lower end of the 95 % interval of the change over frames.
        high: Its upper end.
    """

    before: float
    after: float
    low: float
    high: float

    @property
    def change(self) -> float:
        """By how much the score rises."""
        return self.after - self.before


def gains_of(
    held_out: HeldOut, stage: int, units: Units, tail: Sequence[int], seed: int
) -> tuple[dict[str, Gain], list[Gain]]:
    """Compare a stage with the decisions of the model, frame by frame.

    Args:
        held_out: Counts of F frames.
        stage: 1 or 2.
        units: What the bootstrap draws.
        tail: Ids of the rare classes.
        seed: Of the bootstrap.

    Returns:
        Gains of the means by name (`mIoU`, `tail_mIoU` where there is a tail, `mAcc`, `aAcc`,
        `nll`), and the IoU of each class; NaN for a class without labelled pixels.
    """
    draws = units.draw(seed=seed)
    means, classes = score_gains(held_out.matrices[0], held_out.matrices[stage], draws, tail)
    pixels = held_out.matrices[0].sum((1, 2))
    losses, drawn_losses = (
        share(sums, np.broadcast_to(count, sums.shape))
        for sums, count in (
            (held_out.losses.sum(1), pixels.sum()),
            (held_out.losses @ draws.T, draws @ pixels),
        )
    )
    means['nll'] = _gain(losses[0], losses[1], drawn_losses[1] - drawn_losses[0])
    return means, classes


def score_gains(
    before: np.ndarray, after: np.ndarray, draws: np.ndarray, tail: Sequence[int]
) -> tuple[dict[str, Gain], list[Gain]]:
    """Compare the decisions of two models, frame by frame.

    Args:
        before: Confusion matrix of each frame by the one, int64, shape (F, C, C).
        after: By the other.
        draws: How often each resample has each frame, shape (R, F).
        tail: Ids of the rare classes.

    Returns:
        As of :func:`gains_of`, without `nll`.
    """
    points = [ClassScores.from_confusion(each.sum(0)) for each in (before, after)]
    resamples = [resampled_scores(each, draws) for each in (before, after)]
    old, new = (means_of(scores, tail) for scores in points)
    drawn, drawn_after = (means_of(scores, tail) for scores in resamples)
    means = {name: _gain(old[name], new[name], drawn_after[name] - drawn[name]) for name in old}
    changes = resamples[1].iou_of_labelled - resamples[0].iou_of_labelled
    ious = [scores.iou_of_labelled for scores in points]
    classes = [_gain(ious[0][c], ious[1][c], changes[:, c]) for c in range(changes.shape[1])]
    return means, classes


def _gain(before: Any, after: Any, changes: np.ndarray) -> Gain:
    low, high = percentile_interval(changes)
    return Gain(float(before), float(after), float(low), float(high))
