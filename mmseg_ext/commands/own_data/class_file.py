"""The names, ids and colours of classes, as a command line or a text file gives them.

A class a line, in the order of the training ids: the name, and then its ids or its colours as
``R,G,B``; or a colour as three numbers in front of the name. What is not counted has the name
``ignore``. ``#`` begins a comment.
"""

import re
from pathlib import Path
from typing import Any, NamedTuple

from mmseg_ext.common.errors import ConfigError

IGNORE = 'ignore'
_COLOUR = re.compile(r'(\d+),(\d+),(\d+)')
_COLOUR_FIRST = re.compile(r'(\d+)[\s,]+(\d+)[\s,]+(\d+)[\s,]+(\D.*)')
_COMMA = re.compile(r'(?<=\d)\s*,\s*(?=\d)')
# A number in front, digits behind a comma or such, a last word that begins with a digit.
_MEANT_AS_VALUE = re.compile(r'^[\d.,;:]+\s|[,;:=]\s*\d|\s[-+(\[]*\d\S*$|[,;:=]$')
_RULE = (
    'a line is a name, and then its ids or its colours with spaces between them, as in '
    '"road 7 8" or "road 128,64,128"'
)
_MAX_ID, _MAX_COLOUR = 65535, 255


class _Line(NamedTuple):
    """A line of a file: its number, the name, and ids and colours."""

    number: int
    name: str
    values: list[Any]


def classes_of(
    text: str, root: Path | None = None, option: str = '--classes'
) -> tuple[list[dict[str, Any]], list[Any]]:
    """Understand the classes of a command line.

    Args:
        text: A file, or names with commas between them, whose ids are 0, 1, ….
        root: A folder where a user may think that a relative path begins, for the message.
        option: Of the command line, for messages.

    Returns:
        A ``dict(name=…, ids=…, colours=…)`` for each class, and the ids and colours to ignore.

    Raises:
        ConfigError: The file cannot be read or has a line that is none, two lines have one name or
            one id or colour, or there is no such file.
    """
    path = Path(text)
    if path.is_file():
        return _of_file(path, option)
    if '/' in text or path.suffix in ('.txt', '.csv', '.yaml', '.yml', '.json'):
        raise ConfigError(f'{option} {text}: no such file{_elsewhere(path, root)}')
    names = [name.strip() for name in text.split(',')]
    if IGNORE in names:
        raise ConfigError(f'{option} {text}: give the id that is not counted by --ignore')
    return [{'name': name} for name in names], []


def value_of(text: str) -> int | tuple[int, int, int]:
    """Return an id, or the colour of ``R,G,B``.

    Raises:
        ConfigError: It is neither.
    """
    if text.isascii() and (found := _COLOUR.fullmatch(text)):
        colour = (int(found[1]), int(found[2]), int(found[3]))
        if max(colour) > _MAX_COLOUR:
            raise ConfigError(f'{text!r} is no colour R,G,B of 0 to {_MAX_COLOUR}')
        return colour
    if text.isascii() and text.isdigit():
        if int(text) > _MAX_ID:
            raise ConfigError(f'{text!r} is no id from 0 to {_MAX_ID}')
        return int(text)
    raise ConfigError(f'{text!r} is neither an id nor a colour R,G,B')


def text_of(value: Any) -> str:
    """Write an id or a colour as :func:`value_of` reads it."""
    return ','.join(map(str, value)) if isinstance(value, tuple) else str(value)


def _elsewhere(path: Path, root: Path | None) -> str:
    """Say where a relative path begins, and whether the file is in another folder."""
    if path.is_absolute():
        return ''
    there = f'; there is {root / path}' if root and (root / path).is_file() else ''
    return f' in the current folder, {Path.cwd()}{there}'


def _of_file(path: Path, option: str) -> tuple[list[dict[str, Any]], list[Any]]:
    classes: list[dict[str, Any]] = []
    ignored: list[Any] = []
    for line in _lines(path, option):
        if line.name == IGNORE:
            ignored += line.values
            continue
        entry: dict[str, Any] = {'name': line.name}
        for value in line.values:
            key = 'colours' if isinstance(value, tuple) else 'ids'
            entry.setdefault(key, []).append(value)
        classes.append(entry)
    if not classes:
        raise ConfigError(f'{option} {path}: names no class')
    return classes, ignored


def _lines(path: Path, option: str) -> list[_Line]:
    """Read the lines of a file, each name once but for `ignore`, each id and colour for one name.

    Raises:
        ConfigError: It is not so; the message has the numbers of the lines.
    """
    try:
        texts = path.read_text(encoding='utf-8-sig').splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f'{option} {path}: cannot be read as text ({error})') from None
    lines: list[_Line] = []
    named: dict[str, int] = {}
    owner: dict[Any, _Line] = {}
    for number, text in enumerate(texts, 1):
        content = text.partition('#')[0].strip()
        if not content:
            continue
        where = f'{option} {path}, line {number}'
        try:
            line = _Line(number, *_parsed(content))
        except ConfigError as error:
            raise ConfigError(f'{where}: {error.args[0]}; {_RULE}') from None
        if line.name != IGNORE and named.setdefault(line.name, number) != number:
            raise ConfigError(
                f'{where}: {line.name!r} is in line {named[line.name]} already; all ids or colours '
                'of a class stand in one line, as in "road 7 8" or "road 128,64,128 0,0,142"'
            )
        for value in line.values:
            other = owner.setdefault(value, line)
            if other.name != line.name:
                raise ConfigError(
                    f'{where}: {text_of(value)} stands for {line.name!r} here, and for '
                    f'{other.name!r} in line {other.number}'
                )
        lines.append(line)
    return lines


def _parsed(content: str) -> tuple[str, list[Any]]:
    """Return the name of a line, and its ids and colours.

    Raises:
        ConfigError: It has no name, or something in it looks like an id or a colour and is none.
    """
    content = _COMMA.sub(',', content)
    if found := _COLOUR_FIRST.fullmatch(content):
        name, values = found[4].strip(), [value_of(','.join(found.group(1, 2, 3)))]
    else:
        words = content.split()
        first = len(words)
        while first and re.fullmatch(r'[\d,]+', words[first - 1]):
            first -= 1
        name, values = ' '.join(words[:first]), [value_of(word) for word in words[first:]]
    if not name:
        raise ConfigError(f'{content!r} has no name')
    if found := _MEANT_AS_VALUE.search(name):
        raise ConfigError(
            f'{content!r}: {found[0].strip()!r} is neither part of a name nor an id or a colour '
            'R,G,B behind it'
        )
    return name, values
