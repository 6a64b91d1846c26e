"""Targets of the boundary tasks, as pure functions on arrays.

The three tasks are those of Saire and Ramírez Rivera, "Empirical Study of Multi-Task Hourglass
Model for Semantic Segmentation Task", IEEE Access 9, 2021, arXiv 2105.13531. What that paper
leaves open is our decision:

- **Where a distance starts.** Distances run between pixel *centres*: d is the distance from a
  pixel of the instance to the nearest pixel outside it, so the outermost pixels have d = 1 and a
  one-pixel instance has d = 1. (The distance to the drawn outline would be half a pixel less.)
- **What is outside.** Every pixel of the map that is not the instance: another class, another
  instance of the same class, and also an ignored pixel, for an annotated instance ends where its
  mask ends. What lies beyond the border of the crop is unknown and never counts as outside: an
  instance cut by the border is measured to the outside that can be seen. An instance that fills
  the whole crop shows none: its distance is ignored.
- **What an instance is.** The pixels that share class and instance id. Without an instance map,
  the 8-connected components of each class.
"""

from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from mmseg_ext.boundary.arrays import check_instances, check_labels
from mmseg_ext.boundary.instances import class_table, connected_instances, instance_boxes

IGNORED_DISTANCE = -1.0
"""Value of ignored pixels in `distance_map`: no distance can be negative."""

_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))


def edge_map(
    labels: np.ndarray,
    instances: np.ndarray | None = None,
    thickness: int = 2,
    ignore_index: int = 255,
) -> np.ndarray:
    """Mark the pixels at the boundaries of classes and instances.

    Args:
        labels: Class ids, (H, W), integers in 0..255.
        instances: Instance ids, (H, W), integers, 0 = none; None = class boundaries only.
        thickness: Width of the edge in pixels. 2 is one pixel on either side: every labelled
            pixel with a labelled 4-neighbour of another class or instance. Every further 2 grow
            it by one 4-neighbour step on each side, within the labelled pixels. An odd width
            takes the extra pixel on the upper or left side of the boundary, so odd edges do not
            commute with a flip.
        ignore_index: Id of the ignored pixels. They make no edge.

    Returns:
        (H, W) uint8: 1 edge, 0 none, 255 where the label is ignored.

    Raises:
        ValueError: A wrong shape, dtype or id, or a thickness below 1.

    Example:
        >>> edge_map(np.array([[0, 0, 1, 1], [0, 0, 255, 1]], np.uint8))
        array([[  0,   1,   1,   0],
               [  0,   0, 255,   0]], dtype=uint8)
    """
    if thickness < 1:
        raise ValueError(f'thickness must be at least 1 pixel, got {thickness}')
    labels = check_labels(labels, ignore_index)
    ignored = labels == ignore_index
    edges = np.zeros(labels.shape, np.uint8)
    grid = [(labels, ignored, edges), (labels.T, ignored.T, edges.T)]
    if instances is not None:
        instances = check_instances(instances, labels)
    for (label, void, edge), instance in zip(
        grid, (None, None) if instances is None else (instances, instances.T), strict=True
    ):
        step = label[:, 1:] != label[:, :-1]
        if instance is not None:
            step |= instance[:, 1:] != instance[:, :-1]
        step &= ~(void[:, 1:] | void[:, :-1])
        edge[:, :-1] |= step
        if thickness % 2 == 0:
            edge[:, 1:] |= step
    for _ in range((thickness - 1) // 2):
        cv2.dilate(edges, _CROSS, dst=edges)
        np.copyto(edges, 0, where=ignored)
    np.copyto(edges, 255, where=ignored)
    return edges


def semantic_contour(
    labels: np.ndarray, edges: np.ndarray, num_classes: int, ignore_index: int = 255
) -> np.ndarray:
    """Give each edge pixel its own class and all others the background class.

    Args:
        labels: Class ids, (H, W), integers in 0..num_classes-1 or `ignore_index`.
        edges: The edge map, (H, W), as `edge_map` returns it.
        num_classes: Number of semantic classes C, at most 254; C is the background class.
        ignore_index: Id of the ignored pixels.

    Returns:
        (H, W) uint8: 0..C-1 on the edges, C elsewhere, 255 where the label is ignored.

    Raises:
        ValueError: A wrong shape, dtype or id.

    Example:
        >>> labels = np.array([[0, 0, 1, 1]], np.uint8)
        >>> semantic_contour(labels, edge_map(labels), num_classes=2)
        array([[2, 0, 1, 2]], dtype=uint8)
    """
    labels = check_labels(labels, ignore_index)
    edges = np.asarray(edges)
    if edges.shape != labels.shape:
        raise ValueError(f'edges of shape {edges.shape} do not fit labels of shape {labels.shape}')
    if not 1 <= num_classes <= 254:
        raise ValueError(f'num_classes must lie in 1..254, got {num_classes}')
    present = np.flatnonzero(cv2.calcHist([labels], [0], None, [256], [0, 256]))
    wrong = present[(present >= num_classes) & (present != ignore_index)]
    if wrong.size:
        raise ValueError(
            f'labels hold id {wrong[0]}, allowed are 0..{num_classes - 1} and {ignore_index}'
        )
    contour = np.full(labels.shape, num_classes, np.uint8)
    np.copyto(contour, labels, where=edges == 1)
    np.copyto(contour, 255, where=labels == ignore_index)
    return contour


def distance_levels(
    labels: np.ndarray,
    instances: np.ndarray | None = None,
    thing_classes: Sequence[int] | None = None,
    levels: int = 5,
    ignore_index: int = 255,
) -> np.ndarray:
    """Quantise each instance's distance transform: ceil(levels · d / max d).

    Exact for every pixel: the comparison is made between integer squared distances.

    Args:
        labels: Class ids, (H, W), integers in 0..255.
        instances: Instance ids, (H, W), integers, 0 = none; None = connected components.
        thing_classes: Ids of the classes that have instances. None = every class.
        levels: Number of levels, 1..254.
        ignore_index: Id of the ignored pixels.

    Returns:
        (H, W) uint8: 1..levels in an instance, 0 on stuff, 255 where it is not known: an ignored
        label, a pixel of a class in `thing_classes` without an instance id, or an instance that
        fills the crop. With instances but without `thing_classes`, pixels of no instance are 0.

    Raises:
        ValueError: A wrong shape, dtype or id, or a number of levels.

    Example:
        >>> labels = np.array([[0, 1, 1, 1, 1, 1, 0]], np.uint8)
        >>> distance_levels(labels, thing_classes=[1], levels=3)
        array([[0, 1, 2, 3, 2, 1, 0]], dtype=uint8)
    """
    if not 1 <= levels <= 254:
        raise ValueError(f'levels must lie in 1..254, got {levels}')
    labels, instances, things, unknown = _prepare(labels, instances, thing_classes, ignore_index)
    target = np.zeros(labels.shape, np.uint8)
    np.copyto(target, 255, where=unknown)
    for window, mask, distance in _distances(labels, instances, things):
        part = target[window]
        if distance is None:
            part[mask] = 255
            continue
        part += mask
        farthest = round(float(distance.max()) ** 2)
        for level in range(1, levels):
            # level · max < levels · d on squares, where both sides are integers; the half keeps
            # the rounding of d, a float32, off the comparison.
            part += distance > np.float32((level**2 * farthest // levels**2 + 0.5) ** 0.5)
    return target


def distance_map(
    labels: np.ndarray,
    instances: np.ndarray | None = None,
    thing_classes: Sequence[int] | None = None,
    ignore_index: int = 255,
) -> np.ndarray:
    """Return each instance's distance transform as a fraction of its maximum.

    Args:
        labels: Class ids, (H, W), integers in 0..255.
        instances: Instance ids, (H, W), integers, 0 = none; None = connected components.
        thing_classes: Ids of the classes that have instances. None = every class.
        ignore_index: Id of the ignored pixels.

    Returns:
        (H, W) float32: d / max d in (0, 1] in an instance, 0 on stuff, `IGNORED_DISTANCE` where
        it is not known (see `distance_levels`).

    Raises:
        ValueError: A wrong shape, dtype or id.

    Example:
        >>> labels = np.array([[0, 1, 1, 1, 0]], np.uint8)
        >>> distance_map(labels, thing_classes=[1])
        array([[0. , 0.5, 1. , 0.5, 0. ]], dtype=float32)
    """
    labels, instances, things, unknown = _prepare(labels, instances, thing_classes, ignore_index)
    target = np.zeros(labels.shape, np.float32)
    np.copyto(target, IGNORED_DISTANCE, where=unknown)
    for window, mask, distance in _distances(labels, instances, things):
        if distance is None:
            target[window][mask] = IGNORED_DISTANCE
        else:
            np.divide(distance, distance.max(), out=target[window], where=mask)
    return target


def _prepare(
    labels: np.ndarray,
    instances: np.ndarray | None,
    thing_classes: Sequence[int] | None,
    ignore_index: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return checked labels, instances, the table of things, and where nothing is known."""
    labels = check_labels(labels, ignore_index)
    things = class_table(thing_classes, ignore_index)
    unknown = labels == ignore_index
    if instances is None:
        return labels, connected_instances(labels, things), things, unknown
    instances = check_instances(instances, labels)
    if thing_classes is not None:
        unknown |= cv2.LUT(labels, things.view(np.uint8)).view(bool) & (instances == 0)
    return labels, instances, things, unknown


def _distances(
    labels: np.ndarray, instances: np.ndarray, things: np.ndarray
) -> Iterator[tuple[tuple[slice, slice], np.ndarray, np.ndarray | None]]:
    """Yield window, mask and float32 distance of each instance (None: no outside in sight).

    The window is the bounding box and one pixel around it, as far as the crop goes: the nearest
    outside pixel always lies in it, because a farther one can be moved into it towards the
    instance without entering the box.
    """
    for box in instance_boxes(labels, instances, things):
        window = (
            slice(max(box.top - 1, 0), box.bottom + 1),
            slice(max(box.left - 1, 0), box.right + 1),
        )
        mask = (labels[window] == box.label) & (instances[window] == box.instance)
        if mask.all():
            yield window, mask, None
        else:
            yield (
                window,
                mask,
                cv2.distanceTransform(mask.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE),
            )
