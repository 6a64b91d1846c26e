"""What is kept of every image: its name and what was counted on it."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ImageCounts:
    """The counts of one image.

    Not a tuple: mmengine turns tuples into plain ones when it gathers results from processes.

    Attributes:
        path: The image file.
        matrix: Confusion matrix, int64, shape (C, C), rows true, columns predicted.
        boundary: Boundary counts, int64, shape (K, C), where they are counted.
        reliability: Counts of reliability, int64, shape (S, 3, C, B), where they are.
    """

    path: str
    matrix: np.ndarray
    boundary: np.ndarray | None = None
    reliability: np.ndarray | None = None


def image_names(paths: Sequence[str]) -> tuple[str, ...]:
    """Name images by their paths below the folder that they share.

    So the names are the same wherever the data set lies: what two evaluations are paired by.

    Args:
        paths: Paths of the image files.

    Returns:
        tuple[str, ...]: Names with forward slashes, in the same order.
    """
    folders = {os.path.dirname(os.path.abspath(path)) for path in paths}
    root = os.path.commonpath(folders) if folders else ''
    return tuple(
        os.path.relpath(os.path.abspath(path), root).replace(os.sep, '/') for path in paths
    )
