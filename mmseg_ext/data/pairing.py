"""Finding which label file belongs to which image."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

IMAGE_SUFFIXES = ('.png', '.jpg', '.jpeg')
_LISTED = 5


class Pairing(NamedTuple):
    """The files of one split.

    Attributes:
        pairs: (image, label) files, ordered by image; the label is None in a set without labels.
        problems: One message for each thing that is wrong with the folders.
    """

    pairs: list[tuple[Path, Path | None]]
    problems: list[str]


def list_files(folder: Path, suffixes: Iterable[str] = IMAGE_SUFFIXES) -> list[Path]:
    """List the files directly in a folder whose suffix, in any case, is one of those given."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in suffixes and not path.name.startswith('.')
    )


def pair_files(
    images: Iterable[Path],
    labels: Iterable[Path],
    key: Callable[[Path], str] = lambda path: path.stem,
) -> Pairing:
    """Pair images and label files that have the same key.

    Args:
        images: Image files.
        labels: Label files.
        key: What a pair has in common; the file name without its suffix by default.

    Returns:
        The pairs, and a problem for each file that shares its key with another of its kind and for
        the files without a partner, in either direction.
    """
    problems: list[str] = []
    image_of = _index(images, key, 'image', problems)
    label_of = _index(labels, key, 'label', problems)
    problems += lonely(
        [image_of[k] for k in sorted(image_of.keys() - label_of.keys())], 'image(s)', 'label file'
    )
    problems += lonely(
        [label_of[k] for k in sorted(label_of.keys() - image_of.keys())], 'label file(s)', 'image'
    )
    pairs: list[tuple[Path, Path | None]] = [
        (image_of[k], label_of[k]) for k in sorted(image_of.keys() & label_of.keys())
    ]
    return Pairing(pairs, problems)


def lonely(files: list[Path], kind: str, partner: str) -> list[str]:
    """Describe files without a partner: none or one message, which lists the first few."""
    if not files:
        return []
    names = ', '.join(str(path) for path in files[:_LISTED])
    more = f' and {len(files) - _LISTED} more' if len(files) > _LISTED else ''
    return [f'{len(files)} {kind} without {partner}: {names}{more}']


def _index(
    files: Iterable[Path], key: Callable[[Path], str], kind: str, problems: list[str]
) -> dict[str, Path]:
    index: dict[str, Path] = {}
    for path in files:
        first = index.setdefault(key(path), path)
        if first is not path:
            problems.append(
                f'two {kind} files for {key(path)!r}: {first} and {path}; '
                'remove the one that is wrong'
            )
    return index
