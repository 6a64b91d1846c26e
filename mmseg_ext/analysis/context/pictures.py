"""Sheets of the paste and the removal test: what the models saw, and what they made of it."""

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from mmseg_ext.analysis.context.paste_test import Pasting, pasted_image
from mmseg_ext.analysis.context.removal_test import Removal, with_holes
from mmseg_ext.analysis.context.survey import Frames
from mmseg_ext.data.transforms.cutouts import Cutout
from mmseg_ext.prediction.predictor import Predictor
from mmseg_ext.reports.pictures.panels import Panel, arrange, draw_classes

_AROUND = 2
_LEAST = 64
_SIZE = (320, 240)

Models = Sequence[tuple[str, Predictor]]
"""Name and predictor of each model."""


def paste_sheet(frames: Frames, pastings: Sequence[Pasting], models: Models) -> np.ndarray:
    """Draw the first object of each class in both of its places, and what is predicted there.

    Args:
        frames: The test set.
        pastings: Those of the paste test, at least one.
        models: The models.

    Returns:
        uint8 (H, W, 3), BGR: two rows a class; the image around the object, then a column a model.
    """
    rows: list[list[Panel | None]] = []
    shown: set[int] = set()
    for pasting in _first_of_each(pastings):
        for title, left in (('usual', pasting.usual), ('unusual', pasting.unusual)):
            image = pasted_image(frames, pasting, left)
            window = _window(pasting.cutout._replace(left=left), image.shape)
            name = f'{frames.classes[pasting.label]}, {title} place'
            rows.append(_row(name, image, window, frames, models, shown.update))
    return arrange(rows, _legend(frames, shown))


def removal_sheet(frames: Frames, removals: Sequence[Removal], models: Models) -> np.ndarray:
    """Draw the first image of each class with its objects, and without them.

    Args:
        frames: The test set.
        removals: Those of the removal test, at least one.
        models: The models.

    Returns:
        uint8 (H, W, 3), BGR: two rows a class; the image, then a column a model.
    """
    rows: list[list[Panel | None]] = []
    shown: set[int] = set()
    for removal in _first_of_each(removals):
        image = frames[removal.frame].image()
        window = np.s_[: image.shape[0], : image.shape[1]]
        without, _ = with_holes(image, removal.objects)
        name = frames.classes[removal.label]
        for title, each in ((f'with {name}', image), (f'without {name}', without)):
            rows.append(_row(title, each, window, frames, models, shown.update))
    return arrange(rows, _legend(frames, shown))


def _first_of_each(items: Sequence) -> list:
    first: dict[int, object] = {}
    for each in items:
        first.setdefault(each.label, each)
    return [first[label] for label in sorted(first)]


def _row(
    title: str,
    image: np.ndarray,
    window: tuple[slice, slice],
    frames: Frames,
    models: Models,
    show: Callable[[list[int]], None],
) -> list[Panel | None]:
    palette = np.array(frames.dataset.metainfo['palette'], np.uint8)
    row: list[Panel | None] = [
        Panel(title, cv2.resize(image[window], _SIZE, interpolation=cv2.INTER_AREA))
    ]
    for name, predictor in models:
        predicted = predictor(image).classes[window]
        show(np.unique(predicted).tolist())
        drawn = draw_classes(predicted, palette)
        row.append(Panel(name, cv2.resize(drawn, _SIZE, interpolation=cv2.INTER_NEAREST)))
    return row


def _window(cutout: Cutout, shape: tuple[int, ...]) -> tuple[slice, slice]:
    """Return the part of a frame around an object, three by four, at least 64 pixels high."""
    height, width = cutout.mask.shape
    rows = min(max((1 + 2 * _AROUND) * max(height, width), _LEAST), shape[0])
    columns = min(rows * _SIZE[0] // _SIZE[1], shape[1])
    top = int(np.clip(cutout.top + (height - rows) // 2, 0, shape[0] - rows))
    left = int(np.clip(cutout.left + (width - columns) // 2, 0, shape[1] - columns))
    return np.s_[top : top + rows, left : left + columns]


def _legend(frames: Frames, shown: set[int]) -> list[tuple[str, list[int]]]:
    palette = frames.dataset.metainfo['palette']
    return [(frames.classes[label], palette[label]) for label in sorted(shown)]
