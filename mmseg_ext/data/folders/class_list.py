"""The classes that a config declares: their names, and what stands for them in the label files."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from mmseg_ext.common.errors import ConfigError, nearest
from mmseg_ext.data.reading.readers import IGNORE_INDEX

IDS, COLOURS = ENCODINGS = ('ids', 'colours')
MAX_CLASSES = 254
_KEYS = ('name', 'ids', 'colours')
_MAX_ID = 65535


class ClassList(NamedTuple):
    """Classes, understood.

    Attributes:
        names: In the order of the training ids.
        palette: A colour of each, where all have one.
        table: Training id, or 255, of every id or colour that may occur in a label file.
    """

    names: tuple[str, ...]
    palette: list[list[int]] | None
    table: dict[Any, int]


def read_classes(classes: object, ignore: object, encoding: str) -> ClassList:
    """Understand the classes that a config declares.

    Args:
        classes: A sequence of a name or a ``dict(name=…, ids=…, colours=…)`` each; ``ids`` is an id
            in the label files or a list of such, by default the place in the sequence; ``colours``
            an RGB colour or a list of such.
        ignore: The ids or colours of pixels that are not counted, one or a list of them.
        encoding: 'ids' or 'colours', by which the label files tell the classes.

    Raises:
        ConfigError: It is not so, an id or a colour stands for two classes, or some classes have
            ids or colours and others not.
    """
    if encoding not in ENCODINGS:
        raise ConfigError(f"encoding={encoding!r} is not 'ids' or 'colours'")
    if isinstance(classes, (str, Mapping)) or not isinstance(classes, Sequence) or not classes:
        raise ConfigError(
            f"classes={classes!r}: give the classes in a list, names or dict(name='road', ids=7)"
        )
    entries = [_entry(each, place) for place, each in enumerate(classes)]
    names = tuple(entry['name'] for entry in entries)
    _check_names(names)
    marks = [_marks(entry, encoding) for entry in entries]
    if encoding == IDS and not any(marks):
        marks = [[place] for place in range(len(names))]
    lacking = [name for name, each in zip(names, marks, strict=True) if not each]
    if lacking:
        raise ConfigError(
            f'classes: {", ".join(map(repr, lacking))} without {encoding}; give {encoding} of all '
            f'classes{", or of none for the ids 0, 1, …" if encoding == IDS else ""}'
        )
    table: dict[Any, int] = {}
    owner: dict[Any, str] = {}
    ignored = list(_values(ignore, encoding, 'ignore'))
    for name, training_id, values in (
        *((name, place, marks[place]) for place, name in enumerate(names)),
        ('ignore', IGNORE_INDEX, ignored),
    ):
        for value in values:
            if owner.setdefault(value, name) != name:
                raise ConfigError(f'classes: {value} stands for {owner[value]!r} and {name!r}')
            table[value] = training_id
    return ClassList(names, _palette(entries), table)


def _entry(given: object, place: int) -> dict[str, Any]:
    if isinstance(given, str):
        return {'name': given}
    if not isinstance(given, Mapping) or not isinstance(given.get('name'), str):
        raise ConfigError(f"classes[{place}]={given!r}: give a name or dict(name='road', ids=7)")
    for key in given:
        if key not in _KEYS:
            raise ConfigError(f'classes[{place}]: no key {key!r}{nearest(str(key), _KEYS)}')
    return dict(given)


def _check_names(names: Sequence[str]) -> None:
    if len(names) > MAX_CLASSES:
        raise ConfigError(f'classes: {len(names)} are given, {MAX_CLASSES} are possible')
    for name in names:
        if not name.strip():
            raise ConfigError('classes: a name is empty')
        if names.count(name) > 1:
            raise ConfigError(
                f'classes: {name!r} is there twice; give all ids or colours of a class in one entry'
            )


def _palette(entries: Sequence[Mapping[str, Any]]) -> list[list[int]] | None:
    colours = [_marks(entry, COLOURS) for entry in entries]
    return [list(each[0]) for each in colours] if all(colours) else None


def _marks(entry: Mapping[str, Any], encoding: str) -> list[Any]:
    return list(_values(entry.get(encoding, ()), encoding, f'{encoding} of {entry["name"]!r}'))


def _values(given: Any, encoding: str, where: str) -> Iterator[Any]:
    """Yield the ids or colours of one or several."""
    if encoding == IDS:
        several: Any = [given] if isinstance(given, int) else given
    else:
        several = [given] if _is_colour(given) else given
    if isinstance(several, str) or not isinstance(several, Sequence):
        raise ConfigError(f'classes: {where}={given!r}: give one or a list of them')
    for value in several:
        if encoding == IDS:
            if not _is_whole(value, _MAX_ID):
                raise ConfigError(f'classes: {where}: {value!r} is no id from 0 to {_MAX_ID}')
            yield int(value)
        else:
            if not _is_colour(value):
                raise ConfigError(f'classes: {where}: {value!r} is no colour (R, G, B) of 0 to 255')
            yield (value[0], value[1], value[2])


def _is_whole(value: object, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most


def _is_colour(value: object) -> bool:
    return (
        isinstance(value, Sequence)
        and not isinstance(value, str)
        and len(value) == 3
        and all(_is_whole(each, 255) for each in value)
    )
