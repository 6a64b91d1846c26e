"""Chooses the images that a report shows."""

import numpy as np

from mmseg_ext.evaluation.evaluation import Evaluation
from mmseg_ext.reports.pictures.picture import Reason

MOST_CLASSES = 10
"""Of so many tail classes a page shows images, so that it stays small."""
_LABEL_CLASSES = 5


def chosen_images(evaluation: Evaluation) -> dict[int, tuple[Reason, ...]]:
    """Return the place of each image to show, and why it is shown (our decision).

    - Of each class of :func:`shown_tail` the images with most wrong pixels of it, missed or called
      so by mistake: two, or one where there are more than five such classes. By the IoU of the
      image, those with three pixels of the class would be the worst.
    - The worst and the best by their mean IoU, two of each, without a tail three.
    - Of each of up to five rare classes the image with most labelled pixels of it. This depends on
      the labels alone, so it is the same image for every model.

    Returns:
        In the order in which a page shows them, no image twice, and none without labels.
    """
    reasons: dict[int, tuple[Reason, ...]] = {}

    def add(index: int, reason: Reason) -> None:
        reasons[index] = (*reasons.get(index, ()), reason)

    tail = shown_tail(evaluation)
    wrong = _wrong_pixels(evaluation)
    for class_id in tail:
        most_wrong = np.argsort(-wrong[:, class_id], kind='stable')
        for index in most_wrong[: 2 if len(tail) <= _LABEL_CLASSES else 1].tolist():
            if wrong[index, class_id] > 0:
                add(index, Reason('worst of class', class_id))
    scores = evaluation.image_scores.mean_iou
    order = [int(index) for index in np.argsort(scores, kind='stable') if scores[index] >= 0]
    number = 2 if tail else 3
    worst = order[: min(number, (len(order) + 1) // 2)]
    for index in worst:
        add(index, Reason('worst'))
    for index in order[len(worst) :][::-1][:number]:
        add(index, Reason('best'))
    labelled = evaluation.image_scores.labelled
    for class_id in (tail or _rarest(evaluation))[:_LABEL_CLASSES]:
        add(int(labelled[:, class_id].argmax()), Reason('most of class', class_id))
    return reasons


def shown_tail(evaluation: Evaluation) -> list[int]:
    """Return the tail's classes of which a page shows images: the ten with the fewest pixels."""
    return [c for c in _rarest(evaluation) if c in evaluation.tail_ids][:MOST_CLASSES]


def _rarest(evaluation: Evaluation) -> list[int]:
    """Return the labelled classes, the one with the fewest pixels first."""
    labelled = evaluation.scores.labelled
    return [int(c) for c in np.argsort(labelled, kind='stable') if labelled[c] > 0]


def _wrong_pixels(evaluation: Evaluation) -> np.ndarray:
    """Return the pixels of each image that a class misses or is called by mistake, (N, C)."""
    matrices = evaluation.matrices
    right = np.diagonal(matrices, axis1=1, axis2=2)
    return matrices.sum(1) + matrices.sum(2) - 2 * right
