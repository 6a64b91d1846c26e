"""Reading every file of a config's data sets and reporting all that is wrong at once."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmseg.registry import DATASETS

from mmseg_ext.data.dataset import CheckedSegDataset, LabelReader
from mmseg_ext.data.loading import LoadInstanceMap
from mmseg_ext.data.parallel import run_parallel
from mmseg_ext.data.readers import IGNORE_INDEX, read_image
from mmseg_ext.errors import ConfigError, DataError

USES = ('train', 'val', 'test')


@dataclass
class SetReport:
    """What was found in one data set.

    Attributes:
        uses: For what the config uses it: some of 'train', 'val', 'test'.
        name: Its class, folder and split.
        classes: Class names, in the order of the training ids.
        pairs: Number of pairs of image and labels.
        good: How many of them have nothing wrong.
        problems: One message for each thing that is wrong.
        pixels: int64 (classes,), labelled pixels of each class in the readable label files.
        images: int64 (classes,), number of label files with the class.
        ignored: Number of ignored pixels.
    """

    uses: list[str]
    name: str
    classes: list[str]
    pairs: int = 0
    good: int = 0
    problems: list[str] = field(default_factory=list)
    pixels: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    images: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    ignored: int = 0

    def shares(self) -> np.ndarray:
        """Return each class's share of the labelled pixels, float64 (classes,), 0 to 1."""
        return self.pixels / max(1, self.pixels.sum())


def check_config(config: Config) -> list[SetReport]:
    """Read every pair of the data sets of a config.

    Images are decoded completely and labels are read as in training, with the instances where the
    pipeline loads them. A set that is used twice, as val and test often are, is read once.

    Args:
        config: A config with ``train_dataloader``, ``val_dataloader`` or ``test_dataloader``.

    Returns:
        One report for each data set.

    Raises:
        ConfigError: If there is no data set, one is not of mmseg_ext, or its root is missing.
    """
    init_default_scope(config.get('default_scope', 'mmseg'))
    sets: dict[str, tuple[dict, bool, list[str]]] = {}
    for use in USES:
        dataset = (config.get(f'{use}_dataloader') or {}).get('dataset')
        for entry, instances in _flatten(dataset):
            identity = repr((sorted(entry.items()), instances))
            sets.setdefault(identity, (entry, instances, []))[-1].append(use)
    if not sets:
        raise ConfigError(
            'the config has no data sets: neither train_dataloader nor '
            'val_dataloader nor test_dataloader has a dataset'
        )
    built = [(_build(entry), instances, uses) for entry, instances, uses in sets.values()]
    return [check_dataset(*each) for each in built]


def check_dataset(dataset: CheckedSegDataset, with_instances: bool, uses: list[str]) -> SetReport:
    """Read every pair of one data set.

    Args:
        dataset: The data set; it may be lazily initialised.
        with_instances: Whether to read its instance maps too.
        uses: For what it is used; for the report.

    Returns:
        The report.
    """
    classes = list(dataset.metainfo['classes'])
    split = f' split {dataset.split!r}' if dataset.split else ''
    name = f'{type(dataset).__name__} in {dataset.root()}{split}'
    counts = np.zeros((0, 256), np.int64)
    try:
        pairs, problems = dataset.find_pairs()
    except DataError as error:
        pairs, problems = [], [str(error)]
    else:
        if not pairs and not problems:
            problems = [f'{name}: no images found']
    report = SetReport(uses, name, classes, pairs=len(pairs), problems=list(problems))
    tasks = [(image, label, dataset.label_reader(), with_instances) for image, label in pairs]
    results = run_parallel(_check_pair, tasks, f'{"/".join(uses)}')
    for found, _ in results:
        report.problems += found
        report.good += not found
    if results:
        counts = _relabel(np.stack([count for _, count in results]), dataset.label_map)
    report.pixels = counts[:, : len(classes)].sum(0)
    report.images = (counts[:, : len(classes)] > 0).sum(0)
    report.ignored = int(counts[:, IGNORE_INDEX].sum())
    return report


def _check_pair(
    task: tuple[Path, Path | None, LabelReader, bool],
) -> tuple[list[str], np.ndarray]:
    """Return what is wrong with a pair, and its number of pixels of each id, int64 (256,)."""
    image, label, read_labels, with_instances = task
    problems: list[str] = []
    counts = np.zeros(256, np.int64)
    size = None
    try:
        size = read_image(image).shape[:2]
    except DataError as error:
        problems.append(str(error))
    if label is not None:
        try:
            labels, _ = read_labels(label, with_instances)
        except DataError as error:
            problems.append(str(error))
        else:
            counts += np.bincount(labels.ravel(), minlength=256)
            if size and labels.shape != size:
                problems.append(
                    f'{label}: labels are {labels.shape[1]}x{labels.shape[0]} pixels '
                    f'but the image {image} is {size[1]}x{size[0]}'
                )
    return problems, counts


def _relabel(counts: np.ndarray, label_map: dict[int, int] | None) -> np.ndarray:
    if not label_map:
        return counts
    mapped = np.zeros_like(counts)
    for old in range(256):
        mapped[:, label_map.get(old, old)] += counts[:, old]
    return mapped


def _flatten(entry: dict | None, instances: bool = False) -> Iterator[tuple[dict, bool]]:
    """Yield the data sets of a config entry, out of their wrappers, and if instances are loaded."""
    if not entry:
        return
    instances = instances or _loads_instances(entry.get('pipeline'))
    inner = entry.get('datasets') or ([entry['dataset']] if 'dataset' in entry else [])
    for each in inner:
        yield from _flatten(each, instances)
    if not inner:
        identifying = {
            key: value
            for key, value in entry.items()
            if key not in ('pipeline', 'test_mode', 'indices', 'lazy_init')
        }
        yield identifying, instances


def _loads_instances(pipeline: Any) -> bool:
    if isinstance(pipeline, dict):
        return pipeline.get('type') in ('LoadInstanceMap', LoadInstanceMap) or any(
            map(_loads_instances, pipeline.values())
        )
    return isinstance(pipeline, (list, tuple)) and any(map(_loads_instances, pipeline))


def _build(entry: dict) -> CheckedSegDataset:
    dataset = DATASETS.build(dict(entry, lazy_init=True))
    if not isinstance(dataset, CheckedSegDataset):
        raise ConfigError(f'{entry["type"]} is not a data set of mmseg_ext and cannot be checked')
    try:
        dataset.root()
    except DataError as error:
        raise ConfigError(str(error)) from None
    return dataset
