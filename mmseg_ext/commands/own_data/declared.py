"""What a user says of the classes, understood before any label is read."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from mmseg_ext.commands.own_data.class_file import classes_of, value_of
from mmseg_ext.common.class_names import check_names
from mmseg_ext.common.errors import ConfigError
from mmseg_ext.data.folders.class_list import COLOURS, IDS, read_classes


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


class Declared(NamedTuple):
    """What was said of the classes, understood.

    Attributes:
        entries: A ``dict(name=…, ids=…, colours=…)`` each; None where nothing was said.
        ignored: Ids and colours that are not counted, by the command line.
        of_file: Those of the file of the classes.
        things: Names of the classes of single objects.
    """

    entries: list[dict[str, Any]] | None
    ignored: list[Any]
    of_file: list[Any]
    things: tuple[str, ...]


def declared_classes(wishes: Wishes, root: Path) -> Declared:
    """Understand what is said of the classes, before any label is read.

    Args:
        wishes: What the user says.
        root: The folder of the data.

    Raises:
        ConfigError: It is wrong, whatever the labels hold.
    """
    try:
        ignored = [value_of(text) for text in wishes.ignore]
    except ConfigError as error:
        raise ConfigError(f'--ignore: {error.args[0]}') from None
    things = tuple(filter(None, map(str.strip, wishes.things.split(','))))
    if wishes.classes is None:
        return Declared(None, ignored, [], things)
    entries, of_file = classes_of(wishes.classes, root)
    if len(entries) < 2:
        missing = '' if Path(wishes.classes).is_file() else ', and is no file'
        raise ConfigError(
            f'--classes {wishes.classes} names one class{missing}; a model tells two or more apart'
        )
    check_names('--things', things, [entry['name'] for entry in entries])
    encoding = wishes.encoding or (IDS if all(len(entry) == 1 for entry in entries) else None)
    if encoding:
        read_classes(entries, of_encoding([*ignored, *of_file], encoding), encoding)
    return Declared(entries, ignored, of_file, things)


def of_encoding(values: Iterable[Any], encoding: str) -> list[Any]:
    """Return the ids or the colours among values."""
    return [value for value in values if isinstance(value, tuple) == (encoding == COLOURS)]
