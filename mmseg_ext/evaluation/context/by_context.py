"""Recall and flips of a class with and without another one beside it, and context unfairness."""

from typing import NamedTuple

import numpy as np

from mmseg_ext.evaluation.context.estimate import Estimate, estimate_ratio
from mmseg_ext.evaluation.context.objects import ObjectTable
from mmseg_ext.evaluation.intervals import draw_images

MIN_OBJECTS = 10
"""Objects that each side of a split must have, to say something."""


class Split(NamedTuple):
    """The objects of class a, split by whether class s is beside them.

    Attributes:
        label: Class a.
        context: Class s.
        objects: How many have s beside them, and how many have not.
        recall: Mean recall of the objects with s beside them, and without.
        flips: Share of the pixels that are called each class, float64 (2, C), likewise.
        flip_to: The wrong class whose share differs most between both.
        flip: The shares of the pixels that are called so, likewise.
    """

    label: int
    context: int
    objects: tuple[int, int]
    recall: tuple[Estimate, Estimate]
    flips: np.ndarray
    flip_to: int
    flip: tuple[Estimate, Estimate]


def context_splits(table: ObjectTable) -> list[Split]:
    """Split the objects of every class by every class that may be beside them.

    Args:
        table: The objects with predictions.

    Returns:
        The splits of which each side has at least 10 objects, by class and context.

    Source: our decision.
    """
    found = []
    for label in range(len(table.classes)):
        own = table.of_class(label)
        for context in np.flatnonzero(_contexts(own)):
            found.append(_split(own, label, int(context)))
    return found


def _contexts(own: ObjectTable) -> np.ndarray:
    """Tell which classes split the objects of one class into two parts of 10 or more."""
    with_it = own.beside.sum(0)
    return (with_it >= MIN_OBJECTS) & (len(own.labels) - with_it >= MIN_OBJECTS)


def _split(own: ObjectTable, label: int, context: int) -> Split:
    beside = own.beside[:, context]
    sides = (beside, ~beside)
    sums = np.stack([own.predicted[side].sum(0) for side in sides])
    flips = sums / np.maximum(sums.sum(1, keepdims=True), 1)
    change = np.abs(flips[0] - flips[1])
    change[label] = -1
    flip_to = int(change.argmax())
    recalls = [estimate_ratio(own.recall * side, side.astype(float)) for side in sides]
    flipped = [
        estimate_ratio(own.predicted[:, flip_to] * side, own.predicted.sum(1) * side)
        for side in sides
    ]
    return Split(
        label,
        context,
        (int(beside.sum()), int((~beside).sum())),
        (recalls[0], recalls[1]),
        flips,
        flip_to,
        (flipped[0], flipped[1]),
    )


def context_unfairness(table: ObjectTable, label: int) -> Estimate:
    """Return how much the predictions of a class depend on what is beside it.

    The mean, over the contexts s of :func:`context_splits`, of the total variation between
    p(predicted | class a) and p(predicted | class a, s beside it), over pixels of objects. Where
    objects are few it is above 0 even of a fair model: compare models on the same images.

    Returns:
        Estimate: 0 to 1; NaN for a class without a context.

    Source: Locatello et al., NeurIPS 2019, "On the fairness of disentangled representations",
    section 4, with the context as the sensitive variable (our decision).
    """
    own = table.of_class(label)
    contexts = np.flatnonzero(_contexts(own))
    if not len(contexts):
        return Estimate(np.nan, np.full(1, np.nan))
    draws = np.vstack([np.ones(len(own.labels)), draw_images(len(own.labels))])
    overall = _distribution(draws, own.predicted)
    distances = [
        np.abs(_distribution(draws, own.predicted * own.beside[:, [s]]) - overall).sum(1) / 2
        for s in contexts
    ]
    unfairness = np.mean(distances, axis=0)
    return Estimate(float(unfairness[0]), unfairness[1:])


def _distribution(draws: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    sums = draws @ predicted.astype(np.float64)
    with np.errstate(invalid='ignore'):
        return sums / sums.sum(1, keepdims=True)
