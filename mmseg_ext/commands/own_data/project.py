"""Understanding a folder as a data set: what is found is said, what is doubtful is asked for."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from mmseg_ext.commands.own_data.naming import (
    Say,
    Wishes,
    count_classes,
    encoding_of,
    named_classes,
)
from mmseg_ext.common.class_names import check_names
from mmseg_ext.common.errors import ConfigError, DataError
from mmseg_ext.data.folders.splits import split_names
from mmseg_ext.data.folders.suffixes import label_suffixes
from mmseg_ext.data.folders.survey import Look, look_at
from mmseg_ext.data.sets.folder import FolderDataset

AUTOSPLIT = (0.8, 0.2)
Pairs = dict[str, list[tuple[Path, Path]]]


class Project(NamedTuple):
    """A data set, understood.

    Attributes:
        data: The arguments of its `FolderDataset`, but for `split`.
        splits: Its splits: for training, for validation, and perhaps for a test.
        classes: Names, in the order of the training ids.
        things: Those of single objects; empty where nothing is said of them.
        pixels: Labelled pixels of each class in the training split, int64 (C,), all above 0.
        counts: Number of pairs of each split.
        size: Median height and width of the training images, in pixels.
    """

    data: dict[str, Any]
    splits: tuple[str, ...]
    classes: tuple[str, ...]
    things: tuple[str, ...]
    pixels: np.ndarray
    counts: tuple[int, ...]
    size: tuple[float, float]


def find_project(
    root: Path, where: Mapping[str, Any], splits: Sequence[str] | None, wishes: Wishes, say: Say
) -> Project:
    """Look at the images and labels of a folder.

    Args:
        root: The folder.
        where: Arguments of `FolderDataset` that say where images and labels are and how they are
            split; None for what was not said.
        splits: Names of 2 or 3 splits, where folders or lists say what is in them.
        wishes: What is said of the classes.
        say: Is given what was found, a line at a time.

    Raises:
        ConfigError: Something is doubtful or was said wrongly; the message names the option.
        DataError: Files are missing, without partner or bad.
    """
    if not root.is_dir():
        raise ConfigError(f'{root}: no such folder')
    data = {'data_root': str(root.absolute())} | {
        key: value for key, value in where.items() if value is not None
    }
    names = _split(data, splits)
    if 'label_suffix' not in data:
        data['label_suffix'] = _suffix(root, data, names[0], say)
    pairs = _pairs(data, names)
    say(f'pairs: {", ".join(f"{len(each)} in {name}" for name, each in pairs.items())}')
    if 'autosplit' in data and 'drive_pattern' not in data:
        say('split by a hash of the names; --drive-pattern keeps the images of a sequence together')
    looks = _look(pairs, wishes.encoding)
    data['encoding'] = encoding_of([look for each in looks.values() for look in each])
    classes, data['classes'], data['ignore'] = named_classes(looks, data['encoding'], wishes)
    things = tuple(filter(None, map(str.strip, wishes.things.split(','))))
    check_names('--things', things, classes.names)
    say(f'labels: {data["encoding"]}, {len(classes.names)} classes')
    pixels = count_classes(looks, classes, say)
    sizes = np.array([look.size for look in looks[names[0]]])
    low, high, median = sizes.min(0), sizes.max(0), np.median(sizes, axis=0)
    say(
        f'sizes in {names[0]} (width x height): {low[1]} to {high[1]} x {low[0]} to {high[0]}, '
        f'median {median[1]:g} x {median[0]:g}'
    )
    counts = tuple(len(each) for each in pairs.values())
    return Project(data, names, classes.names, things, pixels, counts, (median[0], median[1]))


def _split(data: dict[str, Any], splits: Sequence[str] | None) -> tuple[str, ...]:
    """Return the names of the splits, and choose the automatic one where nothing else is said."""
    named = 'split_list' in data or '{split}' in data['images'] + data['labels']
    if named:
        names = tuple(splits or ('train', 'val'))
        if len(names) not in (2, 3) or len({*names}) != len(names):
            raise ConfigError(
                f'--splits {" ".join(names)}: name two or three, for training, validation and test'
            )
        return names
    if splits:
        raise ConfigError('--splits is for {split} in --images, --labels or --split-list')
    data.setdefault('autosplit', AUTOSPLIT)
    return split_names(data['autosplit'])


def _suffix(root: Path, data: Mapping[str, Any], split: str, say: Say) -> str:
    """Find what label files have behind the names of their images."""
    images, labels = (data[key].replace('{split}', split) for key in ('images', 'labels'))
    found, number = label_suffixes(root, images, labels)
    if not found:
        raise ConfigError(
            f'no label file in {labels} has a name that begins with that of an image in {images}; '
            'pairs have the same path below these, but for the label suffix'
        )
    # Names that begin with those of others, as 10 with 1, have a few suffixes by chance.
    likely = [suffix for suffix, files in found.most_common() if 2 * files >= max(found.values())]
    described = ', '.join(f'{suffix!r} ({found[suffix]} files)' for suffix in likely)
    if len(likely) > 1:
        raise ConfigError(
            f'{number} images have labels by several suffixes: {described}; choose one by a '
            f"pattern that leaves out the other files, such as --labels 'FOLDER/*{likely[-1]}.png'"
        )
    say(f'label suffix: {described}')
    return likely[0]


def _pairs(data: Mapping[str, Any], splits: Sequence[str]) -> Pairs:
    found: Pairs = {}
    problems: dict[str, None] = {}
    for split in splits:
        dataset = FolderDataset(**{**data, 'classes': ['any']}, split=split, lazy_init=True)
        pairs, wrong = dataset.pairs()
        problems |= dict.fromkeys(wrong if wrong or pairs else [f'{split}: no images found'])
        found[split] = [(image, label) for image, label in pairs if label is not None]
    if problems:
        raise DataError(f'{data["data_root"]}: {"; ".join(problems)}')
    return found


def _look(pairs: Pairs, encoding: str | None) -> dict[str, list[Look]]:
    every = iter(look_at([pair for each in pairs.values() for pair in each], encoding))
    return {split: [next(every) for _ in each] for split, each in pairs.items()}
