"""Finding which label file belongs to which image."""

from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import NamedTuple

IMAGE_SUFFIXES = ('.png', '.jpg', '.jpeg')
_OTHER_SUFFIXES = ('.bmp', '.gif', '.jp2', '.ppm', '.tif', '.tiff', '.webp')
_LISTED = 5


class Pairing(NamedTuple):
    """The files of one split.

    Attributes:
        pairs: (image, label) files, ordered by image; the label is None in a set without labels.
        problems: One message for each thing that is wrong with the folders.
    """

    pairs: list[tuple[Path, Path | None]]
    problems: list[str]


class FileList(list[Path]):
    """Files of a folder, and the image files beside them whose format is not one of those read.

    Attributes:
        unread: Those image files, ordered.
    """

    def __init__(self, files: Iterable[Path], unread: Iterable[Path] = ()) -> None:
        super().__init__(sorted(files))
        self.unread = sorted(unread)


class FileProblem(str):
    """What is wrong with some files: one message, and its parts for a longer list.

    Attributes:
        what: What is wrong: '3 image(s) without label file'.
        advice: What to do; empty where `what` says it.
        files: All of the files, ordered; the message names the first few.
    """

    what: str
    advice: str
    files: list[Path]

    def __new__(cls, what: str, advice: str, files: list[Path]) -> 'FileProblem':
        """Write the message."""
        problem = super().__new__(cls, f'{what}: {_names(files)}')
        problem.what, problem.advice, problem.files = what, advice, files
        return problem


def list_files(folder: Path, suffixes: Iterable[str] = IMAGE_SUFFIXES) -> FileList:
    """List the files directly in a folder whose suffix, in any case, is one of those given."""
    by_suffix: dict[str, list[Path]] = {}
    for path in folder.iterdir():
        if not path.name.startswith('.'):
            by_suffix.setdefault(path.suffix.lower(), []).append(path)
    wanted = tuple(suffixes)
    others = (suffix for suffix in IMAGE_SUFFIXES + _OTHER_SUFFIXES if suffix not in wanted)
    return FileList(
        (path for suffix in wanted for path in by_suffix.get(suffix, ())),
        (path for suffix in others for path in by_suffix.get(suffix, ())),
    )


def pair_files(
    images: Iterable[Path],
    labels: Iterable[Path],
    key: Callable[[Path], str] = lambda path: path.stem,
    kind: str = 'image',
) -> Pairing:
    """Pair images and label files that have the same key.

    Args:
        images: Image files; those that a :class:`FileList` leaves unread are named where they would
            make a pair and nothing else of their key is read.
        labels: Label files, likewise.
        key: What a pair has in common; the file name without its suffix by default.
        kind: What messages call the images.

    Returns:
        The pairs, and a problem for each file that shares its key with another of its kind, for
        those of a format that is not read, and for the files without a partner, in either
        direction.
    """
    problems: list[str] = []
    image_of = _index(images, key, kind, problems)
    label_of = _index(labels, key, 'label', problems)
    # Of several files of a key, any; those of other formats matter where nothing else is read.
    other_images = _unread(images, key, image_of)
    other_labels = _unread(labels, key, label_of)
    all_images, all_labels = image_of | other_images, label_of | other_labels
    problems += not_read([other_images[k] for k in other_images if k in all_labels], kind)
    problems += not_read([other_labels[k] for k in other_labels if k in all_images], 'label')
    problems += lonely(
        [image_of[k] for k in sorted(image_of.keys() - all_labels.keys())],
        f'{kind}(s)',
        'label file',
        f'add its label file, or move the {kind} away',
    )
    problems += lonely(
        [label_of[k] for k in sorted(label_of.keys() - all_images.keys())],
        'label file(s)',
        kind,
        f'add its {kind}, or move the label file away',
    )
    pairs: list[tuple[Path, Path | None]] = [
        (image_of[k], label_of[k]) for k in sorted(image_of.keys() & label_of.keys())
    ]
    return Pairing(pairs, problems)


def lonely(files: list[Path], kind: str, partner: str, advice: str = '') -> list[str]:
    """Describe files without a partner: none or one message, a :class:`FileProblem`."""
    if not files:
        return []
    return [FileProblem(f'{len(files)} {kind} without {partner}', advice, files)]


def not_read(files: list[Path], kind: str) -> list[str]:
    """Describe files of a format that is not read: none or one message."""
    if not files:
        return []
    formats = ', '.join(sorted({path.suffix for path in files}))
    what = f'{len(files)} {kind} file(s) of a format that is not read ({formats})'
    return [FileProblem(f'{what}; convert them to PNG', '', files)]


def _unread(
    files: Iterable[Path], key: Callable[[Path], str], read: Collection[str]
) -> dict[str, Path]:
    """Return the files of other formats, by keys of which nothing is read."""
    return {key(path): path for path in getattr(files, 'unread', ()) if key(path) not in read}


def _names(files: list[Path]) -> str:
    more = f' and {len(files) - _LISTED} more' if len(files) > _LISTED else ''
    return ', '.join(str(path) for path in files[:_LISTED]) + more


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
