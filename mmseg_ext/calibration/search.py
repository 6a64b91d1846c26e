"""Stage 2: the biases that raise a metric."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from mmseg_ext.calibration.columns import columns_of
from mmseg_ext.calibration.decisions import Counts, Decisions
from mmseg_ext.calibration.objectives import OBJECTIVES, means_of
from mmseg_ext.evaluation.scores import ClassScores

STEPS = (0.6, 0.3, 0.15)


def search_biases(
    logits: Any,
    labels: Any,
    start: np.ndarray | None = None,
    objective: str = 'mIoU',
    tail: Sequence[int] = (),
    steps: Sequence[float] = STEPS,
) -> np.ndarray:
    """Raise a metric of argmax(z + bias) by changing one bias after the other.

    A class after the other is moved up, or else down, by the step for as long as that raises the
    metric, until no class is moved any more; then by the next step. Each comparison is exact. The
    biases of classes without labelled pixels stay as they are.

    Args:
        logits: z of N labelled pixels, shape (N, C).
        labels: Their class ids, shape (N,).
        start: Biases to start at, shape (C,), as b/s of stage 1; zeros by default.
        objective: 'mIoU', 'tail_mIoU' or 'mAcc'.
        tail: Ids of the rare classes, for 'tail_mIoU'.
        steps: In units of the logits.

    Returns:
        The biases, float64, shape (C,).

    Raises:
        ValueError: As of :func:`~mmseg_ext.calibration.columns.columns_of`, or there is no such
            metric, or no pixel of the tail.

    Source: our decision.

    Example:
        >>> import numpy as np
        >>> z = np.array([[1.0, 0.0], [1.0, 0.3], [1.0, 0.5], [1.0, 0.6]])
        >>> search_biases(z, [0, 0, 1, 1]).round(2).tolist()
        [-0.6, 0.0]
    """
    columns, ids = columns_of(logits, labels)
    metrics = [name for name in OBJECTIVES if name != 'nll']
    if objective not in metrics:
        raise ValueError(f'objective={objective!r} is not one of {", ".join(metrics)}')

    def score(counts: Counts) -> float:
        return float(means_of(ClassScores(*counts), tail)[objective])

    begin = np.zeros(len(columns)) if start is None else start
    decisions = Decisions(columns, ids, begin)
    if objective == 'tail_mIoU' and not decisions.counts.labelled[list(tail)].any():
        raise ValueError('no pixel is labelled as a class of the tail, which tail_mIoU is of')
    best = score(decisions.counts)
    for step in steps:
        moved = True
        while moved:
            moved = False
            for which in np.flatnonzero(decisions.counts.labelled).tolist():
                for change in (step, -step):
                    begin_score = best
                    while (now := score(decisions.after(which, change))) > best:
                        decisions.move(which, change)
                        best = now
                    if best > begin_score:
                        moved = True
                        break
    return decisions.bias
