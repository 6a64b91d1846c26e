"""Which classes the ids or colours of label files are: matched with their names, counted."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mmseg_ext.commands.own_data.class_file import text_of
from mmseg_ext.commands.own_data.declared import Declared, of_encoding
from mmseg_ext.commands.own_data.questions import marks_of, question_of, unfound
from mmseg_ext.common.errors import ConfigError
from mmseg_ext.common.printable import printable
from mmseg_ext.data.folders.class_list import COLOURS, IDS, ClassList, read_classes
from mmseg_ext.data.folders.survey import Look, class_pixels, pixels_of

Say = Callable[[str], None]
"""Is given what was found, a line at a time."""


def encoding_of(looks: Sequence[Look]) -> str:
    """Return what all label files hold, 'ids' or 'colours'.

    Raises:
        ConfigError: Some hold ids, others colours.
    """
    first = {look.encoding: look.label for look in reversed(looks)}
    if len(first) > 1:
        raise ConfigError(
            f'some label files have ids, as {first[IDS]}, and others colours, as {first[COLOURS]}; '
            'say by --encoding what all of them are'
        )
    return looks[0].encoding


def named_classes(
    looks: Mapping[str, Sequence[Look]], encoding: str, declared: Declared, root: Path
) -> tuple[ClassList, list[Any], list[Any]]:
    """Match the classes that were named with what the labels hold.

    Args:
        looks: The pairs of each split.
        encoding: 'ids' or 'colours'.
        declared: What the user says.
        root: The folder of the data; files below it are named as there.

    Returns:
        The classes; and `classes` and `ignore` as a `FolderDataset` takes them.

    Raises:
        ConfigError: What was said does not suit the labels, or ids or colours have no name; it
            lists them.
    """
    every = [look for each in looks.values() for look in each]
    pixels = pixels_of(every)
    ignored = [*declared.ignored, *of_encoding(declared.of_file, encoding)]
    if declared.entries is None:
        unnamed = [value for value in pixels if value not in ignored]
        raise ConfigError(question_of(unnamed, pixels, every, encoding, root))
    classes = read_classes(declared.entries, ignored, encoding)
    unnamed = [value for value in pixels if value not in classes.table]
    if unnamed:
        question = question_of(unnamed, pixels, every, encoding, root)
        raise ConfigError('\n'.join([question, *unfound(classes, pixels, unnamed)]))
    # Written as they were given, for people to read: names alone where the ids are 0, 1, ….
    given = [entry['name'] if len(entry) == 1 else entry for entry in declared.entries]
    return classes, given, ignored


def count_classes(looks: Mapping[str, Sequence[Look]], classes: ClassList, say: Say) -> np.ndarray:
    """Count the classes, and say how much there is of each.

    Args:
        looks: The pairs of each split, that for training first.
        classes: The classes.
        say: Is given a table.

    Returns:
        Labelled pixels of each class in the training split, int64 (C,), all above 0.

    Raises:
        ConfigError: No training label has a pixel of a class.
    """
    number = len(classes.names)
    counts = {split: class_pixels(each, classes.table, number) for split, each in looks.items()}
    train, *_ = (each.sum(0) for each in counts.values())
    width = max(len(printable(name)) for name in classes.names)
    say(f'  {"class":<{width}}  % of train   images in ' + ', '.join(counts))
    for place, name in enumerate(classes.names):
        share = 100 * train[place] / max(1, train.sum())
        images = ', '.join(str(int((each[:, place] > 0).sum())) for each in counts.values())
        say(f'  {printable(name):<{width}}  {share:10.3f}   {images}')
    marks = marks_of(classes)
    missing = [
        f'{name!r} ({" ".join(map(text_of, marks[name]))})'
        for name, pixels in zip(classes.names, train, strict=True)
        if not pixels
    ]
    if missing:
        raise ConfigError(
            f'no training label has a pixel of {", ".join(missing)}; leave it out of --classes, or '
            'split otherwise (--autosplit, --split-list)'
        )
    return train
