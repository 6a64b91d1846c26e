"""The objects of a data set's frames that may stand in another frame."""

import math
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np

from mmseg_ext.common.errors import DataError
from mmseg_ext.data.transforms.fitting import Pixels
from mmseg_ext.data.transforms.loading import map_labels
from mmseg_ext.data.transforms.other_frames import read_image_of
from mmseg_ext.data.transforms.whole_objects import WholeObject, find_whole_objects

_CACHE_BYTES = 64 * 2**20
_ROUNDING = 1e-9


class _OfClass(NamedTuple):
    """The objects of a class: frames, ranks among a frame's objects, log of the heights; (N,)."""

    frames: np.ndarray
    ranks: np.ndarray
    log_heights: np.ndarray


class Donors:
    """Whole objects of some classes, found by height.

    The list of all is made once, and what is drawn from it depends on nothing else. Pixels are read
    when they are asked for; those of the frames that were read last are kept, 64 MiB at most.

    Args:
        dataset: A data set of mmseg_ext whose label files are read; one that cannot be read is
            passed over, since whoever trains on it is told.
        classes: The ids of the classes.
        with_instances: Whether objects are those of the instance maps, or else components.
        min_pixels: The least size of an object.
    """

    def __init__(
        self, dataset: Any, classes: Sequence[int], with_instances: bool, min_pixels: int
    ) -> None:
        names = dataset.metainfo['classes']
        thing_names = [name for name in dataset.metainfo.get('thing_classes', ()) if name in names]
        self.classes = tuple(classes)
        self.things = sorted({*classes, *map(names.index, thing_names)})
        self.min_pixels = min_pixels
        self._with_instances = with_instances
        self._read_labels = dataset.label_reader()
        self._label_map = dataset.label_map
        self._cached: OrderedDict[int, list[Pixels]] = OrderedDict()
        self._cached_bytes = 0
        infos = (dataset.get_data_info(index) for index in range(len(dataset)))
        self._frames = [
            (info['img_path'], info['seg_map_path']) for info in infos if 'seg_map_path' in info
        ]
        self._number_of = {label_path: n for n, (_, label_path) in enumerate(self._frames)}
        with ThreadPoolExecutor() as pool:
            self._of_class = self._listed(pool.map(self._measured, range(len(self._frames))))

    def count(self, label: int) -> int:
        """Return the number of objects of a class."""
        return len(self._of_class[label].frames)

    def find(self, labels: np.ndarray, instances: np.ndarray | None) -> list[WholeObject]:
        """Find the objects of a frame, as those of the other frames were found."""
        return find_whole_objects(labels, instances, self.classes, self.things, self.min_pixels)

    def nearest(
        self, label: int, height: int, max_resize: float, number: int, label_path: str | None
    ) -> list[tuple[int, int]]:
        """Return the objects of a class that are nearest to a height.

        Args:
            label: The class.
            height: In pixels.
            max_resize: The greatest factor between both heights.
            number: How many, at most.
            label_path: Label file of the frame whose own objects are left out.

        Returns:
            Frame and rank of each, to ask :meth:`pixels` for, the nearest first.
        """
        frames, ranks, log_heights = self._of_class[label]
        distance = np.abs(log_heights - math.log(height))
        near = distance <= math.log(max_resize) + _ROUNDING
        near &= frames != self._number_of.get(label_path, -1)
        candidates = np.flatnonzero(near)
        order = candidates[np.argsort(distance[candidates], kind='stable')[:number]]
        return list(zip(frames[order].tolist(), ranks[order].tolist(), strict=True))

    def has_partner(self, label: int, max_resize: float) -> bool:
        """Tell whether an object of another class and frame is near in height to one of a class."""
        own, reach = self._of_class[label], math.log(max_resize) + _ROUNDING
        others = [self._of_class[other] for other in self.classes if other != label]
        return any(
            ((np.abs(other.log_heights - log_height) <= reach) & (other.frames != frame)).any()
            for frame, log_height in zip(own.frames, own.log_heights, strict=True)
            for other in others
        )

    def pixels(self, donor: tuple[int, int]) -> Pixels:
        """Return the pixels of an object.

        Raises:
            DataError: A file of its frame is bad; it names the file.
        """
        frame, rank = donor
        if frame in self._cached:
            self._cached.move_to_end(frame)
            return self._cached[frame][rank]
        cutouts = self._read(frame)
        self._cached[frame] = cutouts
        self._cached_bytes += _bytes_of(cutouts)
        while self._cached_bytes > _CACHE_BYTES and len(self._cached) > 1:
            self._cached_bytes -= _bytes_of(self._cached.popitem(last=False)[1])
        return cutouts[rank]

    def _objects(self, frame: int) -> tuple[np.ndarray, list[WholeObject]]:
        labels, instances = self._read_labels(self._frames[frame][1], self._with_instances)
        labels = map_labels(labels, self._label_map)
        return labels, self.find(labels, instances)

    def _measured(self, frame: int) -> list[tuple[int, int]]:
        """Class and height of the objects of a frame."""
        try:
            _, objects = self._objects(frame)
        except DataError:
            return []
        return [(each.label, each.cutout.mask.shape[0]) for each in objects]

    def _listed(self, frames: Any) -> Mapping[int, _OfClass]:
        rows: dict[int, list[tuple[int, int, int]]] = {label: [] for label in self.classes}
        for frame, objects in enumerate(frames):
            for rank, (label, height) in enumerate(objects):
                rows[label].append((frame, rank, height))
        columns = {label: np.array(each, np.int64).reshape(-1, 3).T for label, each in rows.items()}
        return {
            label: _OfClass(numbers, ranks, np.log(heights))
            for label, (numbers, ranks, heights) in columns.items()
        }

    def _read(self, frame: int) -> list[Pixels]:
        labels, objects = self._objects(frame)
        image = read_image_of(*self._frames[frame], labels)
        cutouts = []
        for top, left, mask in (each.cutout for each in objects):
            height, width = mask.shape
            part = image[top : top + height, left : left + width]
            cutouts.append(Pixels(part.copy(), mask.copy()))
        return cutouts


def _bytes_of(cutouts: Sequence[Pixels]) -> int:
    return sum(each.image.nbytes + each.mask.nbytes for each in cutouts)
