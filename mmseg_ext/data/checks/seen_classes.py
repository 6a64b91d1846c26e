"""Which classes the labels of a data set have, by looking at no more of them than it takes."""

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
from mmseg.datasets.transforms import LoadAnnotations

from mmseg_ext.data.reading.readers import IGNORE_INDEX
from mmseg_ext.data.sets.dataset import CheckedSegDataset
from mmseg_ext.data.sets.listed_samples import inner_sets, sample_infos
from mmseg_ext.data.transforms.loading import map_labels

_Read = Callable[[], np.ndarray]


class SeenClasses(NamedTuple):
    """What was seen in label files.

    Attributes:
        pixels: Labelled pixels of each class, int64 (C,).
        files: Number of label files that were looked at.
        of: Number of label files that there are.
        unreadable: Number of those looked at that cannot be read.
    """

    pixels: np.ndarray
    files: int
    of: int
    unreadable: int


def see_classes(dataset: Any, num_classes: int, seconds: float) -> SeenClasses:
    """Read label files, in an order of chance, until every class was seen or the time is over.

    Files that cannot be read are passed over: whoever trains on them is told.

    Args:
        dataset: A built data set, with or without wrappers. Label files are found for those of
            mmseg_ext and for those whose pipeline has mmseg's `LoadAnnotations`.
        num_classes: C.
        seconds: No file is begun after that time.
    """
    readers = [read for each in inner_sets(dataset) for read in _readers(each)]
    pixels, files, unreadable = np.zeros(num_classes, np.int64), 0, 0
    end = time.monotonic() + seconds
    order = iter(np.random.default_rng(0).permutation(len(readers)))
    workers = min(8, os.cpu_count() or 1)
    with ThreadPoolExecutor(workers) as pool:
        while not pixels.all() and time.monotonic() < end:
            chosen = [readers[index] for index in islice(order, 2 * workers)]
            if not chosen:
                break
            counts = list(pool.map(partial(_count, num_classes), chosen))
            files += len(chosen)
            unreadable += sum(count is None for count in counts)
            pixels += sum(count for count in counts if count is not None)
    return SeenClasses(pixels, files, len(readers), unreadable)


def _readers(dataset: Any) -> Iterator[_Read]:
    """Yield a function for every label file, which reads it as the pipeline does."""
    transforms = getattr(getattr(dataset, 'pipeline', None), 'transforms', ())
    load = next((each for each in transforms if isinstance(each, LoadAnnotations)), None)
    for info in sample_infos(dataset):
        if 'seg_map_path' not in info:
            continue
        if isinstance(dataset, CheckedSegDataset):
            yield partial(_read, dataset, info)
        elif load is not None:
            yield partial(_load, load, info)


def _read(dataset: CheckedSegDataset, info: dict[str, Any]) -> np.ndarray:
    labels, _ = dataset.label_reader()(info['seg_map_path'], with_instances=False)
    return map_labels(labels, info['label_map'])


def _load(load: LoadAnnotations, info: dict[str, Any]) -> np.ndarray:
    return load(info)['gt_seg_map']


def _count(num_classes: int, read: _Read) -> np.ndarray | None:
    try:
        labels = read()
    # Whatever it is: the training ends with it, and names the file.
    except Exception:
        return None
    valid = labels[(labels >= 0) & (labels < num_classes)]
    # Nothing but ids that are no class is as bad, and named by the checks of the samples.
    if not valid.size and (labels != IGNORE_INDEX).any():
        return None
    return np.bincount(valid.ravel().astype(np.int64), minlength=num_classes)
