"""Where the instances of a label map are: connected components and bounding boxes."""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np


class InstanceBox(NamedTuple):
    """One instance: pixels of class `label` with id `instance`, in rows top..bottom-1."""

    label: int
    instance: int
    top: int
    bottom: int
    left: int
    right: int


def class_table(classes: Sequence[int] | None, ignore_index: int) -> np.ndarray:
    """Return (256,) bool: which ids count, all but `ignore_index` if `classes` is None.

    Raises:
        ValueError: A class outside 0..255, or the ignored one.
    """
    table = np.full(256, classes is None)
    for index in [] if classes is None else classes:
        if not 0 <= index <= 255 or index == ignore_index:
            raise ValueError(
                f'thing_classes must lie in 0..255 without ignore_index {ignore_index}, got {index}'
            )
        table[index] = True
    table[ignore_index] = False
    return table


def runs(labels: np.ndarray, instances: np.ndarray | None = None) -> np.ndarray:
    """Return the flat index at which each horizontal run of equal pixels starts.

    A few thousand runs hold all that half a million pixels say about where things are; that is
    what makes boxes of arbitrary ids cheap.

    Args:
        labels: (H, W) uint8, contiguous.
        instances: (H, W) of any integer dtype, or None.

    Returns:
        (R,) int64, ascending; every row starts a run.
    """
    change = np.ones(labels.shape, bool)
    np.not_equal(labels[:, 1:], labels[:, :-1], out=change[:, 1:])
    if instances is not None:
        change[:, 1:] |= instances[:, 1:] != instances[:, :-1]
    return np.flatnonzero(change)


def connected_instances(labels: np.ndarray, things: np.ndarray) -> np.ndarray:
    """Number the 8-connected components of each thing class.

    Args:
        labels: (H, W) uint8, contiguous.
        things: (256,) bool, which classes have instances.

    Returns:
        (H, W) int32: 0 = none. Ids are unique within a class, not between classes.
    """
    components = np.zeros(labels.shape, np.int32)
    starts = runs(labels)
    starts_label = labels.ravel()[starts]
    width = labels.shape[1]
    ends = np.append(starts[1:], labels.size)
    for label in np.flatnonzero(np.bincount(starts_label, minlength=256)[:256] * things):
        own = starts_label == label
        first, last = starts[own], ends[own] - 1
        window = np.s_[
            first[0] // width : last[-1] // width + 1,
            (first % width).min() : (last % width).max() + 1,
        ]
        mask = (labels[window] == label).view(np.uint8)
        components[window] |= cv2.connectedComponents(mask, connectivity=8)[1]
    return components


def instance_boxes(
    labels: np.ndarray, instances: np.ndarray, things: np.ndarray
) -> list[InstanceBox]:
    """Return the bounding box of every instance of a thing class.

    An instance is the set of pixels that share class *and* id, connected or not.

    Args:
        labels: (H, W) uint8, contiguous.
        instances: (H, W), any integer dtype, contiguous; 0 = no instance.
        things: (256,) bool, which classes have instances.

    Returns:
        One box per instance, ordered by id and class.
    """
    width = labels.shape[1]
    starts = runs(labels, instances)
    ends = np.append(starts[1:], labels.size)
    label, instance = labels.ravel()[starts], instances.ravel()[starts]
    keep = things[label] & (instance != 0)
    if not keep.any():
        return []
    label, instance, starts, ends = label[keep], instance[keep], starts[keep], ends[keep] - 1
    order = np.lexsort((starts, label, instance))
    label, instance, starts, ends = label[order], instance[order], starts[order], ends[order]
    new = np.flatnonzero(
        np.concatenate(([True], (label[1:] != label[:-1]) | (instance[1:] != instance[:-1])))
    )
    rows = starts // width
    columns = (
        label[new],
        instance[new],
        np.minimum.reduceat(rows, new),
        np.maximum.reduceat(rows, new) + 1,
        np.minimum.reduceat(starts % width, new),
        np.maximum.reduceat(ends % width, new) + 1,
    )
    return [InstanceBox(*map(int, box)) for box in zip(*columns, strict=True)]
