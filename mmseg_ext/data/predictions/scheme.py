"""What the values of predictions and label files mean, as functions that read them."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from mmseg_ext.common.errors import DataError
from mmseg_ext.data.folders.class_list import COLOURS, IDS, read_classes
from mmseg_ext.data.labels.folder import read_declared
from mmseg_ext.data.labels.known import KnownSet
from mmseg_ext.data.reading.label_files import holds_colours
from mmseg_ext.data.reading.readers import IGNORE_INDEX

Reader = Callable[[Path], np.ndarray]
"""A file to ids of classes, uint8 (H, W), 255 ignored; picklable."""

Tables = Mapping[str, Mapping[Any, int] | None]
"""The training id of every id and of every colour, by encoding; None where none are known."""

CLASSES, LABELS = PREDICTED = ('classes', 'labels')
"""What the values of predictions are: classes in their order, or those of the label files."""


class Scheme(NamedTuple):
    """Classes, and how files of them are read.

    Attributes:
        metainfo: ``classes``, and where they are known ``palette``, ``train_shares`` and
            ``drive_pattern``.
        read_labels: Reads a label file.
        read_predicted: Reads a prediction, which has a class at every pixel.
    """

    metainfo: Mapping[str, Any]
    read_labels: Reader
    read_predicted: Reader


def scheme_of_set(known: KnownSet, predicted: str = CLASSES) -> Scheme:
    """Return the scheme of a registered data set.

    Args:
        known: The data set.
        predicted: 'classes' for ids 0, 1, … in the order of the classes, or their colours; 'labels'
            for the values of the label files.
    """
    colours = {tuple(colour): place for place, colour in enumerate(known.metainfo['palette'])}
    reader = partial(_first_of, read=known.read_predicted)
    return Scheme(
        known.metainfo,
        partial(_first_of, read=known.read_labels),
        _predicted(predicted, reader, len(known.metainfo['classes']), colours),
    )


def scheme_of_classes(
    entries: Sequence[Any], ignore: Sequence[Any], encoding: str | None, predicted: str = CLASSES
) -> Scheme:
    """Return the scheme of declared classes.

    Args:
        entries: As of :func:`~mmseg_ext.data.folders.class_list.read_classes`.
        ignore: Ids and colours of label pixels that are not counted.
        encoding: 'ids' or 'colours' where the label files all have these; None for what each says,
            where palettes are ids.
        predicted: As of :func:`scheme_of_set`; the ids of 'classes' are the places in `entries`.

    Raises:
        ConfigError: As of `read_classes`.
    """
    named = {key for entry in entries if isinstance(entry, Mapping) for key in entry}
    tables: dict[str, Mapping[Any, int] | None] = {IDS: None, COLOURS: None}
    # Without ids, 0, 1, … are meant only where nothing else tells the classes.
    for each in (IDS,) if COLOURS not in named else (IDS, COLOURS) if IDS in named else (COLOURS,):
        values = [value for value in ignore if isinstance(value, tuple) == (each == COLOURS)]
        classes = read_classes(entries, values, each)
        tables[each] = classes.table
    palette = {'palette': classes.palette} if classes.palette else {}
    reader = partial(_read_declared, tables=tables, encoding=encoding)
    colours = tables[COLOURS] or {}
    of_classes = {key: place for key, place in colours.items() if place != IGNORE_INDEX}
    return Scheme(
        {'classes': classes.names, **palette},
        reader,
        _predicted(predicted, reader, len(classes.names), of_classes),
    )


def _predicted(
    predicted: str, like_labels: Reader, classes: int, colours: Mapping[Any, int]
) -> Reader:
    if predicted == LABELS:
        return partial(_complete, read=like_labels)
    ids = {place: place for place in range(classes)}
    return partial(_read_declared, tables={IDS: ids, COLOURS: colours or None}, encoding=None)


def _first_of(path: Path, read: Callable[..., tuple[np.ndarray, Any]]) -> np.ndarray:
    return read(path, with_instances=False)[0]


def _read_declared(path: Path, tables: Tables, encoding: str | None) -> np.ndarray:
    found = encoding or (COLOURS if holds_colours(path) else IDS)
    table = tables[found]
    if table is None:
        raise DataError(
            f'{path}: has {found}, and no {found} of the classes are known; give {found} of all '
            f'classes{", or --encoding colours for palettes" if found == IDS else ""}'
        )
    return read_declared(path, table, found)


def _complete(path: Path, read: Reader) -> np.ndarray:
    ids = read(path)
    if nothing := int((ids == IGNORE_INDEX).sum()):
        raise DataError(
            f'{path}: {nothing} pixels have a value of the labels that is not counted; a '
            'prediction has a class at every pixel'
        )
    return ids
