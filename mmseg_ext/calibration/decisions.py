"""What argmax of biased logits decides, and what a change of one bias would do to it."""

from typing import NamedTuple

import numpy as np


class Counts(NamedTuple):
    """Pixels of every class, int64, shape (C,) each.

    Attributes:
        hits: Rightly decided.
        labelled: Labelled.
        predicted: Decided.
    """

    hits: np.ndarray
    labelled: np.ndarray
    predicted: np.ndarray


class Decisions:
    """The decided class of each pixel, and the runner-up.

    With both, a change of the bias of one class is counted exactly by looking at the pixels that
    change, in one pass over the logits of that class: a pixel goes to the class where its logit
    rises above the best, and away from it, to the runner-up, where it falls below that. A tie
    stays as it is.

    Args:
        columns: Logits, float32, shape (C, N), contiguous.
        labels: int64, shape (N,).
        bias: What is added to the logits, shape (C,).
    """

    def __init__(self, columns: np.ndarray, labels: np.ndarray, bias: np.ndarray):
        classes, pixels = columns.shape
        self._columns, self._labels = columns, labels
        self.bias = np.array(bias, np.float64)
        ids = np.uint8 if classes <= 256 else np.int32
        self._winner, self._second_class = np.empty(pixels, ids), np.empty(pixels, ids)
        self._best, self._second = (np.empty(pixels, np.float32) for _ in range(2))
        part = max(1, 2**22 // classes)
        for begin in range(0, pixels, part):
            self._decide(np.s_[begin : begin + part])
        hit = self._winner == labels
        self._hits = np.bincount(labels[hit], minlength=classes)
        self._predicted = np.bincount(self._winner, minlength=classes)
        self._labelled = np.bincount(labels, minlength=classes)

    @property
    def counts(self) -> Counts:
        """The counts as they are."""
        return Counts(self._hits, self._labelled, self._predicted)

    def after(self, which: int, step: float) -> Counts:
        """Count as if the bias of one class were higher by ``step``, or lower."""
        pixels, before, now = self._changed(which, step)
        labels = self._labels[pixels]
        hits, predicted = self._hits.copy(), self._predicted.copy()
        for ids, sign in ((before, -1), (now, 1)):
            hits += sign * np.bincount(labels[labels == ids], minlength=len(hits))
            predicted += sign * np.bincount(ids, minlength=len(hits))
        return Counts(hits, self._labelled, predicted)

    def move(self, which: int, step: float) -> None:
        """Change the bias of one class."""
        self._hits, _, self._predicted = self.after(which, step)
        value = self._value(which, step)
        if step > 0:
            stale = value > self._second
        else:
            stale = (self._winner == which) | (self._second_class == which)
        self.bias[which] += step
        self._decide(np.flatnonzero(stale))

    def _value(self, which: int, step: float) -> np.ndarray:
        return self._columns[which] + np.float32(self.bias[which] + step)

    def _changed(self, which: int, step: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the pixels that change, and their classes before and after."""
        value = self._value(which, step)
        if step > 0:
            pixels = np.flatnonzero((value > self._best) & (self._winner != which))
            before = self._winner[pixels]
            return pixels, before, np.full_like(before, which)
        pixels = np.flatnonzero((value < self._second) & (self._winner == which))
        now = self._second_class[pixels]
        return pixels, np.full_like(now, which), now

    def _decide(self, pixels: np.ndarray | slice) -> None:
        values = self._columns[:, pixels] + self.bias.astype(np.float32)[:, None]
        every = np.arange(values.shape[1])
        for ids, best in (
            (self._winner, self._best),
            (self._second_class, self._second),
        ):
            highest = values.argmax(0)
            ids[pixels], best[pixels] = highest, values[highest, every]
            values[highest, every] = -np.inf
