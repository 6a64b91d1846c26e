"""The instances of a class in a label map, cut out to be pasted elsewhere."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import cv2
import numpy as np

from mmseg_ext.common.errors import DataError
from mmseg_ext.data.transforms.loading import map_labels

_AT_ONCE = 16


class Cutout(NamedTuple):
    """The pixels of one instance: ``mask``, bool (h, w), with its corner in the frame."""

    top: int
    left: int
    mask: np.ndarray


def find_cutouts(
    labels: np.ndarray, instances: np.ndarray | None, label: int, min_pixels: int
) -> tuple[list[Cutout], bool]:
    """Cut out the instances of a class.

    Args:
        labels: uint8 (H, W).
        instances: (H, W), 0 = no object, or None.
        label: The class.
        min_pixels: The least size of an instance.

    Returns:
        The instances in the order of their ids, and whether they are objects of the instance map;
        else they are the 8-connected components of the class.
    """
    mask = labels == label
    objects = None if instances is None else np.where(mask, instances, 0)
    if objects is not None and objects.any():
        ids = np.unique(objects[objects > 0])
        cutouts = [_cut(objects == one) for one in ids]
        return [cutout for cutout in cutouts if cutout.mask.sum() >= min_pixels], True
    number, components, stats, _ = cv2.connectedComponentsWithStats(
        mask.view(np.uint8), connectivity=8
    )
    large = [one for one in range(1, number) if stats[one, cv2.CC_STAT_AREA] >= min_pixels]
    return [_cut(components == one) for one in large], False


def _cut(mask: np.ndarray) -> Cutout:
    left, top, width, height = cv2.boundingRect(mask.view(np.uint8))
    return Cutout(top, left, mask[top : top + height, left : left + width])


def largest_instances(
    dataset: Any, classes: Sequence[int], with_instances: bool, enough: int
) -> dict[int, int]:
    """Find the largest instance of some classes, as :func:`find_cutouts` cuts them out.

    Args:
        dataset: A data set of mmseg_ext, whose label files are read until all classes have enough;
            one that cannot be read is passed over, since whoever trains on it is told.
        classes: The ids of the classes.
        with_instances: Whether to read the instance maps too.
        enough: Number of pixels at which the search for a class may end.

    Returns:
        The number of pixels of the largest instance that was found, by class; 0 where there is
        none.
    """

    def measure(index: int) -> dict[int, int]:
        info = dataset.get_data_info(index)
        if 'seg_map_path' not in info:
            return {}
        try:
            labels, instances = info['read_labels'](info['seg_map_path'], with_instances)
        except DataError:
            return {}
        labels = map_labels(labels, dataset.label_map)
        present = set(np.unique(labels)) & set(classes)
        return {label: _largest(labels == label, instances) for label in present}

    most = dict.fromkeys(classes, 0)
    with ThreadPoolExecutor() as pool:
        for first in range(0, len(dataset), _AT_ONCE):
            indices = range(first, min(first + _AT_ONCE, len(dataset)))
            for found in pool.map(measure, indices):
                most |= {label: max(most[label], size) for label, size in found.items()}
            if all(size >= enough for size in most.values()):
                break
    return most


def _largest(mask: np.ndarray, instances: np.ndarray | None) -> int:
    """Return the number of pixels of the largest of the instances that `find_cutouts` finds."""
    objects = np.zeros(0, int) if instances is None else instances[mask]
    if objects.any():
        return int(np.unique(objects[objects > 0], return_counts=True)[1].max())
    stats = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)[2]
    return int(stats[1:, cv2.CC_STAT_AREA].max())
