"""What a check of the data finds in one data set."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np


class Frame(NamedTuple):
    """An image of a data set.

    Attributes:
        path: Its file.
        digest: Equal for equal pixels; None where the file cannot be read.
    """

    path: Path
    digest: bytes | None


@dataclass
class SetReport:
    """What was found in one data set.

    Attributes:
        uses: For what the config uses it: some of 'train', 'val', 'test'.
        name: Its class, folder and split.
        classes: Class names, in the order of the training ids.
        pairs: Number of pairs of image and labels.
        good: How many of them have nothing wrong.
        problems: One message for each thing that is wrong.
        notes: One message for each thing that is worth a look, and may be right.
        pixels: int64 (classes,), labelled pixels of each class in the readable label files.
        images: int64 (classes,), number of label files with the class.
        ignored: Number of ignored pixels.
        frames: The images that each use takes of it.
    """

    uses: list[str]
    name: str
    classes: list[str]
    pairs: int = 0
    good: int = 0
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    pixels: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    images: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    ignored: int = 0
    frames: dict[str, list[Frame]] = field(default_factory=dict)

    def shares(self) -> np.ndarray:
        """Return each class's share of the labelled pixels, float64 (classes,), 0 to 1."""
        return self.pixels / max(1, self.pixels.sum())
