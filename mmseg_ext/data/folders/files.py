"""The image and label files of a folder, or of a pattern with ``*``, and what pairs have in common.

The pair of a file is found by its key: the parts of its path that the wildcards of the pattern
stand for, without suffix. Below a folder, that is the whole path.
"""

import glob
import re
from collections.abc import Collection
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from mmseg_ext.common.errors import ConfigError, DataError
from mmseg_ext.data.reading.label_files import LABEL_SUFFIXES
from mmseg_ext.data.reading.pairing import FileList, Pairing, lonely, pair_files

IMAGE_SUFFIXES = (
    '.bmp', '.dib', '.jp2', '.jpe', '.jpeg', '.jpg', '.pbm', '.pgm', '.png', '.pnm', '.ppm', '.ras',
    '.sr', '.tif', '.tiff', '.webp',
)  # fmt: skip
_OTHERS = ('.avif', '.exr', '.gif', '.hdr', '.heic', '.pfm', '.pic', '.pxm')
_ALL_BELOW = '**/*'
_WILD = re.compile(r'[*?[]')


class Place(NamedTuple):
    """Where files are.

    Attributes:
        folder: An existing folder.
        pattern: What is searched below it, the parts from the first wildcard on.
    """

    folder: Path
    pattern: tuple[str, ...]

    def key(self, path: Path) -> str:
        """Return what pairs have in common of a file's path, with slashes, without suffix.

        Parts that the pattern has without wildcard are left out: ``rgb`` of ``*/rgb/*.png``.
        """
        parts = path.relative_to(self.folder).parts
        pattern = list(self.pattern)
        if '**' in pattern:
            at = pattern.index('**')
            pattern[at : at + 1] = ['**'] * (len(parts) - len(pattern) + 1)
        kept = [part for part, wild in zip(parts, pattern, strict=True) if _WILD.search(wild)]
        if _WILD.search(pattern[-1]):
            kept[-1] = PurePosixPath(kept[-1]).stem
        return '/'.join(kept)


def find_place(root: Path, text: str, what: str) -> Place:
    """Understand a folder or a pattern.

    Args:
        root: What it is relative to.
        text: ``images``, ``images/*/left`` or ``sequences/*/rgb/*.jpg``; a folder stands for all
            that is in it and in its folders.
        what: What is there, for the message: ``images=``.

    Raises:
        ConfigError: It has ``**`` more than once, or within a name.
        DataError: There is no such folder.
    """
    parts = Path(text).parts
    wild = next((at for at, part in enumerate(parts) if _WILD.search(part)), len(parts))
    # Folders may have brackets in their names.
    if root.joinpath(text).is_dir():
        wild = len(parts)
    folder = root.joinpath(*parts[:wild])
    pattern = parts[wild:] or tuple(_ALL_BELOW.split('/'))
    doubled = [part for part in pattern if '**' in part]
    if len(doubled) > 1 or any(part != '**' for part in doubled) or pattern[-1] == '**':
        raise ConfigError(
            f'{what}{text!r}: ** stands once at most, for folders: images/**/*.png, and a folder '
            'stands for all in it without'
        )
    if not folder.is_dir():
        raise DataError(f'{what}{text!r}: no folder {folder.absolute()}')
    return Place(folder, pattern)


def list_files(place: Place, suffixes: Collection[str]) -> FileList:
    """List the files of a place whose suffix, in any case, is one of those given.

    Folders and files whose name begins with a dot are passed over; links are followed.
    """
    name = PurePosixPath(place.pattern[-1])
    # A pattern that ends in .jpg means .JPG, too.
    ending = ''.join(f'[{c.lower()}{c.upper()}]' if c.isalpha() else c for c in name.suffix)
    last = name.stem + ending if re.fullmatch(r'\.\w+', name.suffix) else str(name)
    pattern = '/'.join((*place.pattern[:-1], last))
    found = [Path(place.folder, each)
             for each in glob.glob(pattern, root_dir=place.folder, recursive=True)]  # fmt: skip
    known = {*IMAGE_SUFFIXES, *_OTHERS} - {*suffixes}
    return FileList(
        (path for path in found if path.suffix.lower() in suffixes),
        (path for path in found if path.suffix.lower() in known),
    )


class Files(NamedTuple):
    """The image and the label files of a place each.

    Attributes:
        images: Image files.
        labels: Label files.
        problems: What is wrong with them.
        image_place: Where the images are.
        label_place: Where the label files are.
        label_suffix: What the names of label files have behind those of their images.
    """

    images: FileList
    labels: FileList
    problems: list[str]
    image_place: Place
    label_place: Place
    label_suffix: str

    def image_name(self, path: Path) -> str:
        """Return the path of an image below its folder, with slashes."""
        return path.relative_to(self.image_place.folder).as_posix()

    def image_key(self, path: Path) -> str:
        """Return the key of an image."""
        return self.image_place.key(path)

    def label_key(self, path: Path) -> str:
        """Return the key of a label file, without the label suffix."""
        return self.label_place.key(path).removesuffix(self.label_suffix)

    def pair(self) -> Pairing:
        """Pair all of them."""
        known = {*self.labels, *self.labels.unread}
        pairing = pair_files(
            self.images,
            self.labels,
            lambda path: (self.label_key if path in known else self.image_key)(path),
        )
        return Pairing(pairing.pairs, self.problems + pairing.problems)


def find_files(root: Path, images: str, labels: str, label_suffix: str) -> Files:
    """List images and label files, which may be in the same folder.

    Args:
        root: What the places are relative to.
        images: Folder or pattern of the images.
        labels: Folder or pattern of the label files.
        label_suffix: What the names of label files have behind those of their images.

    Returns:
        The files. What is a label file is no image; where there is a `label_suffix`, a file of the
        place of the labels without it is a problem, unless it is an image.

    Raises:
        ConfigError: As of :func:`find_place`, or every image is a label file.
        DataError: A folder is missing.
    """
    image_place = find_place(root, images, 'images=')
    label_place = find_place(root, labels, 'labels=')
    all_images = list_files(image_place, IMAGE_SUFFIXES)
    all_labels = list_files(label_place, LABEL_SUFFIXES)
    suffixed = [path for path in all_labels if path.stem.endswith(label_suffix)]
    image_set = {*all_images, *all_images.unread}
    label_set = {*suffixed}
    other = [path for path in all_labels if path not in label_set and path not in image_set]
    problems = lonely(
        other,
        'label file(s)',
        f'the label_suffix {label_suffix!r}',
        'rename them, move them away, or choose the others by a pattern: '
        f"--labels 'FOLDER/*{label_suffix}.png'",
    )
    chosen = [path for path in all_images if path not in label_set]
    if all_images and not chosen:
        raise ConfigError(
            f'images={images!r} and labels={labels!r} are the same files; give a label_suffix, or '
            'patterns that tell them apart'
        )
    return Files(
        FileList(chosen, all_images.unread),
        FileList(suffixed, [path for path in all_labels.unread if path not in image_set]),
        problems,
        image_place,
        label_place,
        label_suffix,
    )
