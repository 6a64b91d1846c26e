"""Where an instance of another frame is pasted: anywhere in its rows, or in its usual context."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from mmseg_ext.data.transforms.cutouts import Cutout
from mmseg_ext.evaluation.context.ring import ring_counts, ring_difference

_TRIES = 20
_RESEMBLING = 0.25


class Place(NamedTuple):
    """A place in a sample; the pixels of an instance there, and where they are in its frame."""

    place: tuple[slice, slice]
    mask: np.ndarray
    source: tuple[slice, slice]
    mirror: int


def any_place(target: np.ndarray, labels: np.ndarray, cutout: Cutout) -> Place:
    """Draw a column at the rows of an instance; what does not fit in is cut off.

    Args:
        target: Labels of the sample, (H, W).
        labels: Labels of the instance's own frame.
        cutout: The instance.
    """
    height, width = target.shape
    top = round(cutout.top * height / labels.shape[0])
    rows = min(cutout.mask.shape[0], height - top)
    columns = min(cutout.mask.shape[1], width)
    source = np.s_[cutout.top : cutout.top + rows, cutout.left : cutout.left + columns]
    left = np.random.randint(width - columns + 1)  # noqa: NPY002
    mirror = -1 if np.random.random() < 0.5 else 1  # noqa: NPY002
    mask = cutout.mask[:rows, :columns][:, ::mirror]
    return Place(np.s_[top : top + rows, left : left + columns], mask, source, mirror)


def usual_place(target: np.ndarray, labels: np.ndarray, cutout: Cutout) -> Place | None:
    """Draw a column where an instance has about the surroundings of its own frame, if there is one.

    Args:
        target: Labels of the sample, (H, W).
        labels: Labels of the instance's own frame.
        cutout: The instance.
    """
    usual = ring_counts(labels, cutout.mask, cutout.top, cutout.left)
    for _ in range(_TRIES):
        drawn = any_place(target, labels, cutout)
        rows, columns = drawn.place
        ring = ring_counts(target, drawn.mask, rows.start, columns.start)
        if ring_difference(usual, ring) <= _RESEMBLING:
            return drawn
    return None


PLACES: dict[str, Callable[[np.ndarray, np.ndarray, Cutout], Place | None]] = {
    'any': any_place,
    'usual': usual_place,
}
"""How a place is drawn, by the ``context`` of `PasteRareInstances`."""
