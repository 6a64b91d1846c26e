"""Texts that ask for the names of ids and colours, in lines that a file of classes may have."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmseg_ext.commands.own_data.class_file import text_of
from mmseg_ext.commands.own_data.faults import below, listed
from mmseg_ext.data.folders.class_list import IDS, MAX_CLASSES, ClassList
from mmseg_ext.data.folders.survey import Look

_LISTED = 40
_FILES_NAMED = 3
_NEAR = 24


def question_of(
    unnamed: Sequence[Any],
    pixels: Counter[Any],
    looks: Sequence[Look],
    encoding: str,
    root: Path,
) -> str:
    """Ask for the names of ids or colours, in lines that a file of classes may have."""
    total = sum(pixels.values())
    order = sorted(unnamed) if encoding == IDS else sorted(unnamed, key=lambda v: -pixels[v])
    lines = [
        f'  NAME {text_of(value)}  # {100 * pixels[value] / total:.3g} % of the pixels, in '
        f'{_where(value, looks, root)}'
        for value in order[:_LISTED]
    ]
    if len(order) > _LISTED:
        lines.append(f'  # and {len(order) - _LISTED} more')
    if len(order) > MAX_CLASSES:
        lines.append(
            '  # So many are no classes: are these pictures (--images and --labels swapped?), or '
            'labels that were scaled or compressed with loss?'
        )
    short = ', or --classes NAME,NAME,… for the ids 0, 1, …' if encoding == IDS else ''
    return '\n'.join(
        [
            f'{encoding} in the labels without a name: {len(order)}. Give --classes FILE, with a '
            f'line for each of them, NAME replaced, by `ignore` where it is not counted{short}; or '
            '--ignore:',
            *lines,
        ]
    )


def _where(value: Any, looks: Sequence[Look], root: Path) -> str:
    """Say in how many files an id or a colour is, and in which where these are few."""
    labels = [below(look.label, root) for look in looks if value in look.pixels]
    named = f': {", ".join(labels)}' if len(labels) <= _FILES_NAMED else ''
    return f'{len(labels)} of {len(looks)} files{named}'


def unfound(classes: ClassList, pixels: Counter[Any], unnamed: Sequence[Any]) -> list[str]:
    """List the classes of which no label file has a pixel, with colours that may be meant."""
    lines = []
    for name, values in marks_of(classes).items():
        if any(value in pixels for value in values):
            continue
        near = min(unnamed, key=lambda value: _distance(value, values))
        hint = f'  # near it, without a name: {text_of(near)}'
        close = _distance(near, values) <= _NEAR
        lines.append(f'{name} {" ".join(map(text_of, values))}{hint if close else ""}')
    what = 'classes of which no label that was read has a pixel; mend the line, or leave it out'
    return [listed(what, lines)] if lines else []


def marks_of(classes: ClassList) -> dict[str, list[Any]]:
    """Return the ids or colours of each class."""
    return {
        name: [value for value, place in classes.table.items() if place == training_id]
        for training_id, name in enumerate(classes.names)
    }


def _distance(value: Any, others: Sequence[Any]) -> float:
    """Return how far a colour is from the nearest of others, in the channel that differs most."""
    if not isinstance(value, tuple):
        return float('inf')
    return min(max(abs(a - b) for a, b in zip(value, other, strict=True)) for other in others)
