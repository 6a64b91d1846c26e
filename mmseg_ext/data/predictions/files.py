"""Which prediction belongs to which label file, and what the image of both is called."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from mmseg_ext.common.errors import ConfigError, DataError
from mmseg_ext.data.folders.files import Place, list_files
from mmseg_ext.data.reading.label_files import LABEL_SUFFIXES
from mmseg_ext.data.reading.pairing import FileList, lonely, pair_files


class Naming(NamedTuple):
    """How the files of an image are called.

    Attributes:
        label_endings: What the names of label files end in, before the suffix; of several files of
            an image that of the first ending is meant.
        predicted_ending: What the names of predictions have behind those of their images.
        frame: What pairs have in common of a name without suffix and endings.
        other_files: Whether files of other endings may lie beside the label files.
    """

    label_endings: tuple[str, ...] = ('',)
    predicted_ending: str = ''
    frame: Callable[[str], str] = str
    other_files: bool = False


class Pair(NamedTuple):
    """A prediction and its label file.

    Attributes:
        image: The path that stands for the image: the folder of the label file, and the name of the
            prediction.
        predicted: The prediction.
        label: The label file.
    """

    image: str
    predicted: Path
    label: Path


def find_pairs(predicted: Path, labels: Path, naming: Naming) -> list[Pair]:
    """Pair the files of two folders and of the folders in them.

    A pair has the same path below both, without suffix and endings; where predictions lie in one
    folder, as those of `mmseg-debias test --out`, the same name alone.

    Returns:
        At least one pair, ordered by what it has in common.

    Raises:
        ConfigError: The folders are the same, or one is in the other.
        DataError: A folder is missing, a file has no partner, or two are of one image; it names
            them.
    """
    for folder, what in ((predicted, 'predictions'), (labels, 'labels')):
        if not folder.is_dir():
            raise DataError(f'{folder}: no such folder of {what}')
    here, there = predicted.resolve(), labels.resolve()
    if here.is_relative_to(there) or there.is_relative_to(here):
        raise ConfigError(
            f'{predicted} and {labels}: give two folders of which neither is in the other, one of '
            'predictions and one of labels'
        )
    guesses = _files(predicted)
    found = _files(labels)
    ending = naming.predicted_ending
    good = FileList((path for path in guesses if path.stem.endswith(ending)), guesses.unread)
    problems = lonely([p for p in guesses if p not in {*good}], 'prediction(s)', f'{ending!r}')
    truths = _meant(found, naming)
    if not naming.other_files:
        ends = ' or '.join(map(repr, naming.label_endings))
        others = [path for path in found if not _ending(path, naming)[1]]
        problems += lonely(others, 'label file(s)', ends)
    flat = all(path.parent == predicted for path in (*good, *good.unread))
    keys = {path: _key(path, predicted, _plain(path.stem, (ending,)), naming, flat)
            for path in (*good, *good.unread)}  # fmt: skip
    keys |= {path: _key(path, labels, _plain(path.stem, naming.label_endings), naming, flat)
             for path in (*truths, *truths.unread)}  # fmt: skip
    pairs, unpaired = pair_files(good, truths, lambda path: keys[path], 'prediction')
    problems += unpaired
    if not pairs and not problems:
        problems = ['no predictions found']
    if problems:
        raise DataError(f'{predicted} with {labels}: {"; ".join(problems)}')
    return [
        Pair(str(label.parent / f'{_plain(guess.stem, (ending,))}.png'), guess, label)
        for guess, label in pairs
        if label is not None
    ]


def _files(folder: Path) -> FileList:
    return list_files(Place(folder, ('**', '*')), LABEL_SUFFIXES)


def _meant(found: FileList, naming: Naming) -> FileList:
    """Return the label files, of each image that of the first ending alone."""
    best: dict[tuple[Path, str], tuple[int, Path]] = {}
    for path in found:
        rank, ends = _ending(path, naming)
        if ends:
            plain = path.with_name(_plain(path.stem, naming.label_endings)), path.suffix
            best[plain] = min(best.get(plain, (rank, path)), (rank, path))
    return FileList((path for _, path in best.values()), found.unread)


def _ending(path: Path, naming: Naming) -> tuple[int, bool]:
    """Return the place of a label file's ending among those known, and whether it has one."""
    places = [at for at, end in enumerate(naming.label_endings) if path.stem.endswith(end)]
    return (places[0], True) if places else (0, False)


def _plain(stem: str, endings: tuple[str, ...]) -> str:
    return next((stem.removesuffix(end) for end in endings if stem.endswith(end)), stem)


def _key(path: Path, folder: Path, plain: str, naming: Naming, flat: bool) -> str:
    name = naming.frame(plain)
    return name if flat else (path.relative_to(folder).parent / name).as_posix()
