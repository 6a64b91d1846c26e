"""All that is wrong with a folder of own data, laid out a kind at a time, with what to do."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from mmseg_ext.data.reading.pairing import FileProblem

_LISTED = 10


def file_faults(problems: Iterable[str], root: Path) -> list[str]:
    """Lay out what is wrong with the files and their pairs.

    Args:
        problems: Of a :class:`~mmseg_ext.data.reading.pairing.Pairing`; each is there once.
        root: The folder of the data; files below it are named as there.

    Returns:
        A text of a few lines for each kind of problem.
    """
    texts, others = [], []
    for problem in problems:
        if isinstance(problem, FileProblem):
            what = f'{problem.what}; {problem.advice}' if problem.advice else problem.what
            texts.append(listed(what, [below(path, root) for path in problem.files]))
        else:
            others.append(problem)
    return texts + ([listed('files and lists', others)] if others else [])


def bad_pairs(faults: Sequence[Sequence[str]]) -> list[str]:
    """Lay out which pairs of image and label file cannot be used.

    Args:
        faults: What is wrong with each pair; nothing of most.
    """
    bad = [each for each in faults if each]
    if not bad:
        return []
    what = (
        f'{len(bad)} of {len(faults)} pairs are bad; write the files again, or move image and '
        'label file away'
    )
    return [listed(what, [text for each in bad for text in each])]


def listed(what: str, lines: Sequence[str]) -> str:
    """Write a line, and the first few of others below it."""
    more = [f'and {len(lines) - _LISTED} more'] if len(lines) > _LISTED else []
    return '\n  '.join([f'{what}:', *lines[:_LISTED], *more])


def below(path: Path, root: Path) -> str:
    """Return a path as it is below a folder, where it is."""
    return str(path.relative_to(root) if path.is_relative_to(root) else path)
