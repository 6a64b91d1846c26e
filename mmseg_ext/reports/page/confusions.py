"""The largest confusions in words."""

from typing import NamedTuple

import numpy as np

from mmseg_ext.evaluation.evaluation import Evaluation

_MOST = 8
_LEAST_SHARE = 0.01


class Confusion(NamedTuple):
    """Pixels of one class that are called another.

    Attributes:
        true: Name of their class.
        called: Name of the class that is predicted.
        share: Of the labelled pixels of their class, a fraction.
        pixels: How many they are.
        tail: Whether their class is of the tail.
    """

    true: str
    called: str
    share: float
    pixels: int
    tail: bool


def top_confusions(evaluation: Evaluation) -> list[Confusion]:
    """Return up to eight confusions of at least 1 % of a class, the largest share first."""
    matrix = evaluation.matrix
    shares = matrix / np.maximum(1, matrix.sum(1, keepdims=True))
    np.fill_diagonal(shares, 0)
    found = np.argwhere(shares >= _LEAST_SHARE).tolist()
    places = sorted(found, key=lambda place: -shares[tuple(place)])[:_MOST]
    names, tail = evaluation.classes, evaluation.tail_ids
    return [
        Confusion(
            names[true], names[called], float(shares[true, called]), int(matrix[true, called]),
            true in tail,
        )
        for true, called in places
    ]  # fmt: skip
