"""What the pairs of a folder hold: sizes, ids or colours, and how much of each."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from mmseg_ext.common.errors import DataError
from mmseg_ext.common.parallel import run_parallel
from mmseg_ext.data.folders.class_list import COLOURS, IDS
from mmseg_ext.data.reading.label_files import holds_colours, read_colours, read_ids
from mmseg_ext.data.reading.readers import read_image

_BYTE = 256


class Look(NamedTuple):
    """What a pair holds.

    Attributes:
        label: The label file.
        size: Height and width of the labels in pixels, and of the image, if nothing is wrong.
        encoding: 'ids' or 'colours'.
        pixels: Number of pixels of each id or RGB colour.
    """

    label: Path
    size: tuple[int, int]
    encoding: str
    pixels: dict[Any, int]


class Seen(NamedTuple):
    """What was seen of a pair.

    Attributes:
        look: What it holds; None where the label file cannot be read.
        faults: Files that cannot be read, or that image and labels differ in size.
    """

    look: Look | None
    faults: list[str]


def look_at(pairs: Sequence[tuple[Path, Path]], encoding: str | None) -> list[Seen]:
    """Read every image and label file.

    Args:
        pairs: Image and label files.
        encoding: 'ids' or 'colours'; None for what each file says: palettes are ids then.
    """
    return run_parallel(_look, [(*pair, encoding) for pair in pairs], 'looking')


def pixels_of(looks: Sequence[Look]) -> Counter[Any]:
    """Count the pixels of each id or colour in several pairs."""
    total: Counter[Any] = Counter()
    for look in looks:
        total.update(look.pixels)
    return total


def class_pixels(looks: Sequence[Look], table: Mapping[Any, int], classes: int) -> np.ndarray:
    """Count the labelled pixels of each class in each pair.

    Args:
        looks: N pairs.
        table: Training id, or 255, of every id or colour that occurs.
        classes: C.

    Returns:
        int64, shape (N, C).
    """
    counts = np.zeros((len(looks), _BYTE), np.int64)
    for row, look in zip(counts, looks, strict=True):
        for value, pixels in look.pixels.items():
            row[table[value]] += pixels
    return counts[:, :classes]


def _look(task: tuple[Path, Path, str | None]) -> Seen:
    """Read a pair: the labels even where the image is bad, so that all faults are found at once."""
    image, label, encoding = task
    faults = []
    size = None
    try:
        size = read_image(image).shape[:2]
    except DataError as error:
        faults.append(str(error))
    try:
        encoding = encoding or (COLOURS if holds_colours(label) else IDS)
        labels = read_ids(label) if encoding == IDS else read_colours(label)
    except DataError as error:
        return Seen(None, [*faults, str(error)])
    height, width = labels.shape[:2]
    if size is not None and size != (height, width):
        faults.append(
            f'{label}: labels are {width}x{height} pixels but the image {image} '
            f'is {size[1]}x{size[0]}'
        )
    return Seen(Look(label, (height, width), encoding, _count(labels)), faults)


def _count(labels: np.ndarray) -> dict[Any, int]:
    if labels.ndim == 2:
        values, counts = np.unique(labels, return_counts=True)
        return dict(zip(values.tolist(), counts.tolist(), strict=True))
    packed = labels.astype(np.int32) @ np.array([_BYTE**2, _BYTE, 1], np.int32)
    values, counts = np.unique(packed, return_counts=True)
    colours = np.stack([values >> 16, values >> 8 & 255, values & 255], axis=-1)
    return dict(zip(map(tuple, colours.tolist()), counts.tolist(), strict=True))
