"""What the names of label files have behind those of their images: found by the names alone."""

from collections import Counter
from pathlib import Path

from mmseg_ext.data.folders.files import IMAGE_SUFFIXES, find_place, list_files
from mmseg_ext.data.reading.label_files import LABEL_SUFFIXES


def label_suffixes(root: Path, images: str, labels: str) -> tuple[Counter[str], int]:
    """Find the label suffixes by which label files belong to images.

    Args:
        root: What the places are relative to.
        images: Folder or pattern of the images.
        labels: Folder or pattern of the label files.

    Returns:
        For each suffix, '' too, the number of label files that have an image by it; and the number
        of images that are no label file by any suffix.

    Raises:
        ConfigError: As of :func:`~mmseg_ext.data.folders.files.find_place`.
        DataError: A folder is missing.
    """
    image_place = find_place(root, images, 'images=')
    label_place = find_place(root, labels, 'labels=')
    images_of: dict[str, set[Path]] = {}
    for path in list_files(image_place, IMAGE_SUFFIXES):
        images_of.setdefault(image_place.key(path), set()).add(path)
    found: Counter[str] = Counter()
    both = set()
    for path in list_files(label_place, LABEL_SUFFIXES):
        key = label_place.key(path)
        for end in range(key.rfind('/') + 2, len(key) + 1):
            if images_of.get(key[:end], set()) - {path}:
                found[key[end:]] += 1
                both.add(path)
    every = set().union(*images_of.values())
    return found, len(every - both)
