"""Which label file belongs to which image of a user's folder, and what is wrong with them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmseg_ext.commands.own_data.naming import Say
from mmseg_ext.commands.own_data.sequences import (
    empty_split,
    fitting_pattern,
    look_like_sequences,
)
from mmseg_ext.common.errors import ConfigError
from mmseg_ext.data.folders.files import IMAGE_SUFFIXES, find_files, find_place, list_files
from mmseg_ext.data.folders.splits import hashed_splits
from mmseg_ext.data.folders.suffixes import label_suffixes
from mmseg_ext.data.reading.label_files import LABEL_SUFFIXES
from mmseg_ext.data.sets.folder import FolderDataset

Pairs = dict[str, list[tuple[Path, Path]]]


def find_suffix(root: Path, data: Mapping[str, Any], split: str, say: Say) -> str:
    """Find what label files have behind the names of their images.

    Args:
        root: The folder of the data.
        data: Arguments of `FolderDataset`, with `images` and `labels`.
        split: The split to look at.
        say: Is given what was found.

    Raises:
        ConfigError: No label file belongs to an image, or images have labels by several suffixes.
    """
    images, labels = (data[key].replace('{split}', split) for key in ('images', 'labels'))
    found, number = label_suffixes(root, images, labels)
    if not found:
        raise ConfigError(_why_none(root, images, labels))
    # Names that begin with those of others, as 10 with 1, have a few suffixes by chance.
    likely = [suffix for suffix, files in found.most_common() if 2 * files >= max(found.values())]
    described = ', '.join(f'{suffix!r} ({found[suffix]} files)' for suffix in likely)
    if len(likely) > 1:
        raise ConfigError(
            f'{number} images have labels by several suffixes: {described}; choose one by a '
            f"pattern that leaves out the other files, such as --labels 'FOLDER/*{likely[-1]}.png'"
        )
    say(f'label suffix: {described}')
    return likely[0]


def pairs_of_splits(
    data: Mapping[str, Any], splits: Sequence[str], say: Say
) -> tuple[Pairs, dict[str, None]]:
    """Pair the files of each split, and warn where a split tears sequences apart.

    Args:
        data: Arguments of `FolderDataset`, but for the classes.
        splits: Their names.
        say: Is given what was found.

    Returns:
        The pairs of each split; and all that is wrong, each problem once.

    Raises:
        ConfigError: An argument is wrong, or a split has no image and nothing else is wrong.
    """
    if 'autosplit' in data:
        return _hashed(data, splits, say)
    found: Pairs = {}
    problems: dict[str, None] = {}
    for split in splits:
        pairs, wrong = _dataset(data, split).pairs()
        problems |= dict.fromkeys(wrong if wrong or pairs else [f'{split}: no images found'])
        found[split] = [(image, label) for image, label in pairs if label is not None]
    return found, problems


def _hashed(
    data: Mapping[str, Any], splits: Sequence[str], say: Say
) -> tuple[Pairs, dict[str, None]]:
    dataset = _dataset(data, splits[0])
    fractions, pattern = dataset.fractions or (), dataset.drive_pattern
    files = find_files(dataset.root(), data['images'], data['labels'], data['label_suffix'])
    pairs, problems = files.pair()
    of = hashed_splits(files, fractions, pattern)
    found: Pairs = {split: [] for split in splits}
    for image, label in pairs:
        if label is not None:
            found[of[image]].append((image, label))
    if not files.images:
        problems.append('no images found')
    if pairs and not all(found.values()):
        empty = empty_split(files, [image for image, _ in pairs], fractions, pattern)
        if not problems:
            raise ConfigError(empty)
        problems.append(empty)
    if pattern is None:
        names = [files.image_name(path) for path in files.images]
        if look_like_sequences(names):
            fitting = fitting_pattern(files, fractions)
            option = (
                "give lists of images by --split-list 'lists/{split}.txt'"
                if fitting is None
                else f"keep them together by --drive-pattern '{fitting}'"
            )
            say(
                f'warning: images look like frames of sequences, as {names[0]}, and neighbouring '
                f'frames in both {splits[0]} and {splits[1]} make the validation worth nothing; '
                f'{option}'
            )
        else:
            say(
                'split by a hash of the names; --drive-pattern keeps the images of a sequence '
                'together'
            )
    return found, dict.fromkeys(problems)


def _dataset(data: Mapping[str, Any], split: str) -> FolderDataset:
    return FolderDataset(**{**data, 'classes': ['any']}, split=split, lazy_init=True)


def _why_none(root: Path, images: str, labels: str) -> str:
    """Say why no label file belongs to an image."""
    if not list_files(find_place(root, images, 'images='), IMAGE_SUFFIXES):
        return f'--images {images}: no image file is there'
    label_files = list_files(find_place(root, labels, 'labels='), LABEL_SUFFIXES)
    kinds = {'JPEG' if path.suffix.lower().startswith('.jp') and path.suffix.lower() != '.jp2'
             else path.suffix.lower() for path in label_files.unread}  # fmt: skip
    swapped = bool(label_suffixes(root, labels, images)[0])
    if kinds and not label_files:
        ask = 'are --images and --labels swapped?' if swapped else 'give PNG, BMP or TIFF files'
        return f'{labels} holds {", ".join(sorted(kinds))} files, which cannot be labels; {ask}'
    if not label_files:
        return f'--labels {labels}: no label file is there, which is a PNG, BMP or TIFF'
    return (
        f'no label file in {labels} has a name that begins with that of an image in {images}; '
        'pairs have the same path below these, but for the label suffix'
        f'{"; are --images and --labels swapped?" if swapped else ""}'
    )
