"""What a model predicts of every object of a test set."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np
from rich.console import Console
from rich.progress import track

from mmseg_ext.analysis.context.survey import Frames
from mmseg_ext.evaluation.context.objects import ObjectTable
from mmseg_ext.prediction.predictor import Predictor

_Item = TypeVar('_Item')


def predicted_objects(frames: Frames, table: ObjectTable, predictor: Predictor) -> ObjectTable:
    """Count as what the pixels of every object are predicted.

    Args:
        frames: The test set.
        table: Its objects, of :meth:`Frames.survey`.
        predictor: The model.

    Returns:
        The table with predictions.

    Raises:
        DataError: A file is bad; it names the file.
    """
    rows = []
    for index in progress(range(len(frames)), 'objects'):
        frame = frames[index]
        predicted = predictor(frame.image()).classes
        rows += [
            count_classes(predicted, cutout.top, cutout.left, cutout.mask, len(frames.classes))
            for _, cutout in frames.objects(frame)
        ]
    return replace(table, predicted=np.array(rows, np.int64).reshape(table.predicted.shape))


def count_classes(
    predicted: np.ndarray, top: int, left: int, mask: np.ndarray, classes: int
) -> np.ndarray:
    """Count the predictions within a mask whose corner is at a place of the frame, int64 (C,)."""
    height, width = mask.shape
    return np.bincount(predicted[top : top + height, left : left + width][mask], minlength=classes)


def progress(items: Sequence[_Item], title: str) -> Iterator[_Item]:
    """Yield items, with a bar in a terminal."""
    console = Console(stderr=True)
    yield from track(items, title, console=console, disable=not sys.stderr.isatty(), transient=True)
