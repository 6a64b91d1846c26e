"""Which classes the ids or colours of label files are: matched with their names, counted."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from mmseg_ext.commands.own_data.class_file import classes_of, text_of, value_of
from mmseg_ext.common.errors import ConfigError
from mmseg_ext.common.printable import printable
from mmseg_ext.data.folders.class_list import COLOURS, IDS, ClassList, read_classes
from mmseg_ext.data.folders.survey import Look, class_pixels, pixels_of

_LISTED = 40

Say = Callable[[str], None]
"""Is given what was found, a line at a time."""


class Wishes(NamedTuple):
    """What a user says of the classes.

    Attributes:
        classes: Names, or a file; None for nothing.
        ignore: Ids and colours that are not counted.
        encoding: 'ids' or 'colours'; None for what the files say.
        things: Names of the classes of single objects, with commas.
    """

    classes: str | None = None
    ignore: Sequence[str] = ()
    encoding: str | None = None
    things: str = ''


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
    looks: Mapping[str, Sequence[Look]], encoding: str, wishes: Wishes
) -> tuple[ClassList, list[Any], list[Any]]:
    """Match the classes that were named with what the labels hold.

    Args:
        looks: The pairs of each split.
        encoding: 'ids' or 'colours'.
        wishes: What the user says.

    Returns:
        The classes; and `classes` and `ignore` as a `FolderDataset` takes them.

    Raises:
        ConfigError: What was said is wrong, or ids or colours have no name; it lists them.
    """
    every = [look for each in looks.values() for look in each]
    pixels = pixels_of(every)
    ignored: list[Any] = [value_of(text) for text in wishes.ignore]
    declared: dict[Any, int] = {}
    if wishes.classes is not None:
        entries, of_file = classes_of(wishes.classes)
        ignored += [value for value in of_file if isinstance(value, tuple) == (encoding == COLOURS)]
        classes = read_classes(entries, ignored, encoding)
        declared = classes.table
    unnamed = [value for value in pixels if value not in declared and value not in ignored]
    if wishes.classes is None or unnamed:
        raise ConfigError(_question(unnamed, pixels, every, encoding))
    if len(classes.names) < 2:
        raise ConfigError('--classes names one class; a model tells two or more apart')
    # Written as they were given, for people to read: names alone where the ids are 0, 1, ….
    given = [entry['name'] if len(entry) == 1 else entry for entry in entries]
    return classes, given, ignored


def _question(
    unnamed: Sequence[Any], pixels: Counter[Any], looks: Sequence[Look], encoding: str
) -> str:
    """Ask for the names of ids or colours, in lines that a file of classes may have."""
    total = sum(pixels.values())
    order = sorted(unnamed) if encoding == IDS else sorted(unnamed, key=lambda v: -pixels[v])
    lines = [
        f'  NAME {text_of(value)}  # {100 * pixels[value] / total:.3g} % of the pixels, in '
        f'{sum(value in look.pixels for look in looks)} of {len(looks)} files'
        for value in order[:_LISTED]
    ]
    if len(order) > _LISTED:
        lines.append(f'  # and {len(order) - _LISTED} more')
    short = ', or --classes NAME,NAME,… for the ids 0, 1, …' if encoding == IDS else ''
    return '\n'.join(
        [
            f'{encoding} in the labels without a name: {len(order)}. Give --classes FILE, with a '
            f'line for each of them, NAME replaced, by `ignore` where it is not counted{short}; or '
            '--ignore:',
            *lines,
        ]
    )


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
    missing = [name for name, pixels in zip(classes.names, train, strict=True) if not pixels]
    if missing:
        raise ConfigError(
            f'no training label has a pixel of {", ".join(map(repr, missing))}; leave it out of '
            '--classes, or split otherwise (--autosplit, --split-list)'
        )
    return train
