"""The names, ids and colours of classes, as a command line or a text file gives them.

A class a line, in the order of the training ids: the name, and then its ids or its colours as
``R,G,B``; or a colour as three numbers in front of the name. What is not counted has the name
``ignore``. ``#`` begins a comment.
"""

import re
from pathlib import Path
from typing import Any

from mmseg_ext.common.errors import ConfigError

IGNORE = 'ignore'
_COLOUR = re.compile(r'(\d+),(\d+),(\d+)')
_COLOUR_FIRST = re.compile(r'(\d+)\s+(\d+)\s+(\d+)\s+(\D.*)')


def classes_of(text: str) -> tuple[list[dict[str, Any]], list[Any]]:
    """Understand the classes of a command line.

    Args:
        text: A file, or names with commas between them, whose ids are 0, 1, ….

    Returns:
        A ``dict(name=…, ids=…, colours=…)`` for each class, and the ids and colours to ignore.

    Raises:
        ConfigError: The file cannot be read or has a line that is none, or there is no such file.
    """
    path = Path(text)
    if path.is_file():
        return _of_file(path)
    if '/' in text or path.suffix in ('.txt', '.csv', '.yaml', '.yml', '.json'):
        raise ConfigError(f'--classes {text}: no such file')
    names = [name.strip() for name in text.split(',')]
    if IGNORE in names:
        raise ConfigError(f'--classes {text}: give the id that is not counted by --ignore')
    return [{'name': name} for name in names], []


def value_of(text: str) -> int | tuple[int, int, int]:
    """Return an id, or the colour of ``R,G,B``.

    Raises:
        ConfigError: It is neither.
    """
    if found := _COLOUR.fullmatch(text):
        return (int(found[1]), int(found[2]), int(found[3]))
    if text.isascii() and text.isdigit():
        return int(text)
    raise ConfigError(f'{text!r} is neither an id nor a colour R,G,B')


def text_of(value: Any) -> str:
    """Write an id or a colour as :func:`value_of` reads it."""
    return ','.join(map(str, value)) if isinstance(value, tuple) else str(value)


def _of_file(path: Path) -> tuple[list[dict[str, Any]], list[Any]]:
    try:
        lines = path.read_text(encoding='utf-8').splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f'--classes {path}: cannot be read as text ({error})') from None
    classes: dict[str, dict[str, Any]] = {}
    ignored: list[Any] = []
    for number, line in enumerate(lines, 1):
        content = line.partition('#')[0].strip()
        if not content:
            continue
        name, values = _line(content)
        if not name:
            raise ConfigError(f'--classes {path}, line {number}: {content!r} has no name')
        if name == IGNORE:
            ignored += values
            continue
        entry = classes.setdefault(name, {'name': name})
        for value in values:
            key = 'colours' if isinstance(value, tuple) else 'ids'
            entry.setdefault(key, []).append(value)
    if not classes:
        raise ConfigError(f'--classes {path}: names no class')
    return list(classes.values()), ignored


def _line(content: str) -> tuple[str, list[Any]]:
    """Return the name of a line, and its ids and colours."""
    if found := _COLOUR_FIRST.fullmatch(content):
        return found[4].strip(), [(int(found[1]), int(found[2]), int(found[3]))]
    words = content.split()
    first = len(words)
    while first and re.fullmatch(r'\d+|\d+,\d+,\d+', words[first - 1]):
        first -= 1
    return ' '.join(words[:first]), [value_of(word) for word in words[first:]]
