"""Objects that are wholly seen: what may be taken out of a frame, or put into another one."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import cv2
import numpy as np

from mmseg_ext.data.transforms.cutouts import Cutout

_NEIGHBOURS = np.ones((3, 3), np.uint8)


class WholeObject(NamedTuple):
    """An object: its class, its pixels, and its id in the instance map, 0 for a component."""

    label: int
    cutout: Cutout
    instance_id: int

    @property
    def ground(self) -> int:
        """The row below its lowest pixel, on which it stands."""
        return self.cutout.top + self.cutout.mask.shape[0]


def find_whole_objects(
    labels: np.ndarray,
    instances: np.ndarray | None,
    classes: Iterable[int],
    things: Sequence[int],
    min_pixels: int,
) -> list[WholeObject]:
    """Find the objects of some classes that neither the frame nor another object cuts off.

    Of an instance map, the objects that touch no object which stands nearer to the camera, that is,
    reaches further down; a thing without an id counts as nearer. Without an instance map the
    8-connected components that touch no other component of things at all: components merge objects,
    and where two classes meet nothing tells which one hides the other.

    Args:
        labels: uint8 (H, W), 255 = ignored.
        instances: (H, W), 0 = no object, or None.
        classes: The ids of the classes.
        things: The ids of all classes of things.
        min_pixels: The least size of an object.

    Returns:
        The objects by class, in the order of the classes, and within one by their ids or, for
        components, by where their first pixel comes in the frame.

    Source: our decision, after what swapping cut-off components cost on CamVid.
    """
    is_thing = np.zeros(256, bool)
    is_thing[list(things)] = True
    found = []
    for label in classes:
        mask = labels == label
        candidates = _components(mask) if instances is None else _instances(mask, instances)
        for one, cutout in candidates:
            if np.count_nonzero(cutout.mask) < min_pixels or _at_edge(cutout, labels.shape):
                continue
            if not _is_hidden(cutout, one, labels, instances, is_thing):
                found.append(WholeObject(label, cutout, one))
    return found


def _components(mask: np.ndarray) -> Iterable[tuple[int, Cutout]]:
    number, components, stats, _ = cv2.connectedComponentsWithStats(
        mask.view(np.uint8), connectivity=8
    )
    for one in range(1, number):
        left, top, width, height = stats[one, :4]
        box = np.s_[top : top + height, left : left + width]
        yield 0, Cutout(int(top), int(left), components[box] == one)


def _instances(mask: np.ndarray, instances: np.ndarray) -> Iterable[tuple[int, Cutout]]:
    left, top, width, height = cv2.boundingRect(mask.view(np.uint8))
    box = np.s_[top : top + height, left : left + width]
    ids = np.where(mask[box], instances[box], 0)
    for one in np.unique(ids[ids > 0]):
        own = ids == one
        x, y, columns, rows = cv2.boundingRect(own.view(np.uint8))
        yield int(one), Cutout(top + y, left + x, own[y : y + rows, x : x + columns])


def _at_edge(cutout: Cutout, shape: tuple[int, ...]) -> bool:
    height, width = cutout.mask.shape
    bottom, right = cutout.top + height, cutout.left + width
    return cutout.top == 0 or cutout.left == 0 or bottom == shape[0] or right == shape[1]


def _is_hidden(
    cutout: Cutout,
    instance_id: int,
    labels: np.ndarray,
    instances: np.ndarray | None,
    is_thing: np.ndarray,
) -> bool:
    """Tell whether an object away from the frame's edge may be cut off by one that it touches."""
    height, width = cutout.mask.shape
    around = np.s_[
        cutout.top - 1 : cutout.top + height + 1, cutout.left - 1 : cutout.left + width + 1
    ]
    own = np.zeros((height + 2, width + 2), bool)
    own[1:-1, 1:-1] = cutout.mask
    touching = cv2.dilate(own.view(np.uint8), _NEIGHBOURS).view(bool) & ~own
    touching &= is_thing[labels[around]]
    if instances is None or not touching.any():
        return bool(touching.any())
    neighbours = np.unique(instances[around][touching])
    below = instances[cutout.top + height :]
    return any(one == 0 or (below == one).any() for one in neighbours if one != instance_id)
