"""Understanding a folder as a data set: what is found is said, what is doubtful is asked for."""

from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from mmseg_ext.commands.own_data.declared import Declared, Wishes, declared_classes
from mmseg_ext.commands.own_data.faults import bad_pairs, file_faults
from mmseg_ext.commands.own_data.find_pairs import Pairs, find_suffix, pairs_of_splits
from mmseg_ext.commands.own_data.naming import (
    Say,
    count_classes,
    encoding_of,
    named_classes,
)
from mmseg_ext.common.errors import ConfigError, DataError
from mmseg_ext.data.folders.class_list import ClassList
from mmseg_ext.data.folders.splits import split_names
from mmseg_ext.data.folders.survey import Look, look_at

AUTOSPLIT = (0.8, 0.2)


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
        DataError: Files are missing, without partner or bad; it lists all that can be found at
            once, colours without a name too.
    """
    if not root.is_dir():
        raise ConfigError(f'{root}: no such folder')
    data = {'data_root': str(root.absolute())} | {
        key: value for key, value in where.items() if value is not None
    }
    declared = declared_classes(wishes, root)
    names = _split(data, splits)
    if 'label_suffix' not in data:
        data['label_suffix'] = find_suffix(root, data, names[0], say)
    pairs, problems = pairs_of_splits(data, names, say)
    say(f'pairs: {", ".join(f"{len(each)} in {name}" for name, each in pairs.items())}')
    looks, bad = _look(pairs, wishes.encoding)
    faults = [*file_faults(problems, Path(data['data_root'])), *bad]
    classes = _classes(data, looks, declared, faults)
    say(f'labels: {data["encoding"]}, {len(classes.names)} classes')
    pixels = count_classes(looks, classes, say)
    sizes = np.array([look.size for look in looks[names[0]]])
    low, high, median = sizes.min(0), sizes.max(0), np.median(sizes, axis=0)
    say(
        f'sizes in {names[0]} (width x height): {low[1]} to {high[1]} x {low[0]} to {high[0]}, '
        f'median {median[1]:g} x {median[0]:g}'
    )
    counts = tuple(len(each) for each in pairs.values())
    return Project(
        data, names, classes.names, declared.things, pixels, counts, (median[0], median[1])
    )


def _classes(
    data: dict[str, Any], looks: Mapping[str, Sequence[Look]], declared: Declared, faults: list[str]
) -> ClassList:
    """Set the encoding and the classes of the data.

    Raises:
        ConfigError: Only what is said of the classes is wrong.
        DataError: Files are bad; what is wrong with the classes stands behind that.
    """
    root = Path(data['data_root'])
    every = [look for each in looks.values() for look in each]
    try:
        if every:
            data['encoding'] = encoding_of(every)
            classes, data['classes'], data['ignore'] = named_classes(
                looks, data['encoding'], declared, root
            )
    except ConfigError as error:
        if not faults:
            raise
        faults = [*faults, error.args[0]]
    if faults:
        raise DataError('\n'.join([f'{root}: nothing is written before this is mended', *faults]))
    return classes


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


def _look(pairs: Pairs, encoding: str | None) -> tuple[dict[str, list[Look]], list[str]]:
    """Read all pairs; what of them was seen, and what is wrong."""
    seen = look_at([pair for each in pairs.values() for pair in each], encoding)
    every = iter(seen)
    looks = {
        split: [look for look, _ in islice(every, len(each)) if look is not None]
        for split, each in pairs.items()
    }
    return looks, bad_pairs([each.faults for each in seen])
