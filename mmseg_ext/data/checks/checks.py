"""Reading every file of a config's data sets and reporting all that is wrong at once."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmseg.registry import DATASETS

from mmseg_ext.common.errors import ConfigError, DataError
from mmseg_ext.common.parallel import run_parallel
from mmseg_ext.data.checks.overlaps import note_overlaps
from mmseg_ext.data.checks.set_report import Frame, SetReport
from mmseg_ext.data.reading.readers import IGNORE_INDEX, read_image
from mmseg_ext.data.sets.dataset import CheckedSegDataset, LabelReader
from mmseg_ext.data.sets.unlabelled import note_unlabelled_classes
from mmseg_ext.data.transforms.loading import LoadInstanceMap

USES = ('train', 'val', 'test')


class Part(NamedTuple):
    """What a config takes of a data set.

    Attributes:
        use: 'train', 'val' or 'test'.
        indices: The samples, as mmengine's `indices`; None for all.
    """

    use: str
    indices: int | Sequence[int] | None = None

    def of(self, frames: list[Frame]) -> list[Frame]:
        """Choose those samples."""
        if self.indices is None:
            return frames
        if isinstance(self.indices, int):
            return frames[: self.indices] if self.indices >= 0 else frames[self.indices :]
        return [frames[index] for index in self.indices if index < len(frames)]


class PairCheck(NamedTuple):
    """What was found in a pair.

    Attributes:
        problems: What is wrong.
        counts: Its number of pixels of each id, int64 (256,).
        digest: Of the pixels of the image, the same for equal images; None where it is unreadable.
    """

    problems: list[str]
    counts: np.ndarray
    digest: bytes | None


def check_config(config: Config) -> list[SetReport]:
    """Read every pair of the data sets of a config.

    Images are decoded completely and labels are read as in training, with the instances where the
    pipeline loads them. A set that is used twice, as val and test often are, is read once. What
    concerns several sets is reported with one of them: classes that no training label has, frames
    on which a model would be trained and evaluated.

    Args:
        config: A config with ``train_dataloader``, ``val_dataloader`` or ``test_dataloader``.

    Returns:
        One report for each data set.

    Raises:
        ConfigError: If there is no data set, one is not of mmseg_ext, or its root is missing.
    """
    init_default_scope(config.get('default_scope', 'mmseg'))
    sets: dict[str, tuple[dict, bool, list[Part]]] = {}
    for use in USES:
        dataset = (config.get(f'{use}_dataloader') or {}).get('dataset')
        for entry, instances, indices in _flatten(dataset):
            identity = repr((sorted(entry.items()), instances))
            sets.setdefault(identity, (entry, instances, []))[-1].append(Part(use, indices))
    if not sets:
        raise ConfigError(
            'the config has no data sets: neither train_dataloader nor '
            'val_dataloader nor test_dataloader has a dataset'
        )
    built = [(_build(entry), instances, parts) for entry, instances, parts in sets.values()]
    reports = [check_dataset(*each) for each in built]
    note_unlabelled_classes(reports)
    note_overlaps(reports)
    return reports


def check_dataset(
    dataset: CheckedSegDataset, with_instances: bool, parts: Sequence[Part]
) -> SetReport:
    """Read every pair of one data set.

    Args:
        dataset: The data set; it may be lazily initialised.
        with_instances: Whether to read its instance maps too.
        parts: For what it is used, and which of its samples; all are read.

    Returns:
        The report.
    """
    classes = list(dataset.metainfo['classes'])
    split = f' split {dataset.split!r}' if dataset.split else ''
    name = f'{type(dataset).__name__} in {dataset.unlabelled_images or f"{dataset.root()}{split}"}'
    counts = np.zeros((0, 256), np.int64)
    try:
        pairs, problems = dataset.pairs()
    except DataError as error:
        pairs, problems = [], [str(error)]
    else:
        if not pairs and not problems:
            problems = [f'{name}: no images found']
    uses = [part.use for part in parts]
    report = SetReport(uses, name, classes, pairs=len(pairs), problems=list(problems))
    tasks = [(image, label, dataset.label_reader(), with_instances) for image, label in pairs]
    results = run_parallel(_check_pair, tasks, f'{"/".join(uses)}')
    for result in results:
        report.problems += result.problems
        report.good += not result.problems
    if results:
        counts = _relabel(np.stack([result.counts for result in results]), dataset.label_map)
    report.pixels = counts[:, : len(classes)].sum(0)
    report.images = (counts[:, : len(classes)] > 0).sum(0)
    report.ignored = int(counts[:, IGNORE_INDEX].sum())
    frames = [
        Frame(image, result.digest) for (image, _), result in zip(pairs, results, strict=True)
    ]
    for part in parts:
        report.frames.setdefault(part.use, []).extend(part.of(frames))
    return report


def _check_pair(task: tuple[Path, Path | None, LabelReader, bool]) -> PairCheck:
    """Read a pair."""
    image, label, read_labels, with_instances = task
    problems: list[str] = []
    counts = np.zeros(256, np.int64)
    size, digest = None, None
    try:
        pixels = read_image(image)
        size = pixels.shape[:2]
        # In RGB, as it lies in memory: to copy it in BGR takes ten times as long.
        digest = hashlib.sha256(repr(size).encode() + pixels[..., ::-1].tobytes()).digest()
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
    return PairCheck(problems, counts, digest)


def _relabel(counts: np.ndarray, label_map: dict[int, int] | None) -> np.ndarray:
    if not label_map:
        return counts
    mapped = np.zeros_like(counts)
    for old in range(256):
        mapped[:, label_map.get(old, old)] += counts[:, old]
    return mapped


def _flatten(
    entry: dict | None, instances: bool = False
) -> Iterator[tuple[dict, bool, int | Sequence[int] | None]]:
    """Yield the data sets of a config entry, out of their wrappers.

    With each, whether its instances are loaded, and its `indices`.
    """
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
        yield identifying, instances, entry.get('indices')


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
        if not dataset.unlabelled_images:
            dataset.root()
    except DataError as error:
        raise ConfigError(str(error)) from None
    return dataset
