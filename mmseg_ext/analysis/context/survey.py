"""The objects of a data set and their surroundings, read from its label files."""

import copy
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmseg.registry import DATASETS

from mmseg_ext.common.config_parts import with_pipelines
from mmseg_ext.common.errors import ConfigError, DataError
from mmseg_ext.data.sets.dataset import CheckedSegDataset
from mmseg_ext.data.transforms.cutouts import Cutout, find_cutouts
from mmseg_ext.data.transforms.loading import map_labels
from mmseg_ext.data.transforms.other_frames import read_image_of
from mmseg_ext.data.transforms.pipelines import all_inside
from mmseg_ext.evaluation.context.objects import ObjectTable
from mmseg_ext.evaluation.context.ring import ring_counts


class Frame(NamedTuple):
    """A frame: its files, labels (H, W) with 255 ignored, and instances (H, W) or None."""

    image_path: str
    label_path: str
    labels: np.ndarray
    instances: np.ndarray | None

    def image(self) -> np.ndarray:
        """Read its image, uint8 (H, W, 3), BGR."""
        return read_image_of(self.image_path, self.label_path, self.labels)


class Survey(NamedTuple):
    """The objects of a data set, without predictions, and the pixels of each class, (C,)."""

    table: ObjectTable
    pixels: np.ndarray
    images: int


class Frames:
    """The labelled frames of a config's data set.

    Args:
        config: The config.
        split: 'train' or 'test': whose data set; without its pipeline.
        min_pixels: The least size of an object.

    Raises:
        ConfigError: The data set is not a single one of mmseg_ext, or names no things.
        DataError: Its files are not there, or a sample has no labels.
    """

    def __init__(self, config: Config, split: str, min_pixels: int) -> None:
        init_default_scope(config.get('default_scope', 'mmseg'))
        arguments = copy.deepcopy(config[f'{split}_dataloader'].dataset)
        for each in with_pipelines(arguments):
            each.pipeline = []
        built = DATASETS.build(arguments)
        inside = [each for each in all_inside(built) if isinstance(each, CheckedSegDataset)]
        if len(inside) != 1:
            raise ConfigError(
                f'{split}_dataloader: the context report reads one data set of mmseg_ext, and '
                f'{arguments.type} holds {len(inside)}'
            )
        self.dataset: Any = inside[0]
        self.dataset.full_init()
        metainfo = self.dataset.metainfo
        self.classes = tuple(metainfo['classes'])
        self.things = [self.classes.index(name) for name in metainfo.get('thing_classes', ())]
        if not self.things:
            raise ConfigError(
                f'{type(self.dataset).__name__} has no thing_classes in its METAINFO: the context '
                'report is about the objects of these'
            )
        self.min_pixels = min_pixels

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self.dataset)

    def __getitem__(self, index: int) -> Frame:
        """Read the labels of a frame.

        Raises:
            DataError: Its label file is bad or missing.
        """
        info = self.dataset.get_data_info(index)
        if 'seg_map_path' not in info:
            raise DataError(f'{info["img_path"]}: no label file to find objects in')
        labels, instances = info['read_labels'](info['seg_map_path'], True)
        labels = map_labels(labels, self.dataset.label_map)
        return Frame(info['img_path'], info['seg_map_path'], labels, instances)

    def objects(self, frame: Frame) -> Iterator[tuple[int, Cutout]]:
        """Yield class and pixels of the objects of a frame.

        Those of the instance map, or the 8-connected components where the data set has none.
        """
        for label in self.things:
            found, are_objects = find_cutouts(frame.labels, frame.instances, label, self.min_pixels)
            if are_objects or frame.instances is None:
                yield from ((label, cutout) for cutout in found)

    def survey(self) -> Survey:
        """Find all objects with their surroundings.

        Raises:
            DataError: A label file is bad; it names the file.
        """
        with ThreadPoolExecutor() as pool:
            parts = list(pool.map(self._survey_one, range(len(self))))
        rows = [row for part, _ in parts for row in part]
        return Survey(
            object_table(self.classes, rows), np.sum([each for _, each in parts], 0), len(parts)
        )

    def _survey_one(self, index: int) -> tuple[list[tuple[int, np.ndarray]], np.ndarray]:
        frame, count = self[index], len(self.classes)
        rows = [
            (label, ring_counts(frame.labels, cutout.mask, cutout.top, cutout.left)[:count])
            for label, cutout in self.objects(frame)
        ]
        return rows, np.bincount(frame.labels.ravel(), minlength=256)[:count]


def object_table(classes: Sequence[str], rows: Sequence[tuple[int, np.ndarray]]) -> ObjectTable:
    """Build a table without predictions from classes and rings of objects."""
    count = len(classes)
    rings = np.array([ring for _, ring in rows], np.int64).reshape(-1, count)
    labels = np.array([label for label, _ in rows], np.int64)
    return ObjectTable(tuple(classes), labels, rings, np.zeros_like(rings))
