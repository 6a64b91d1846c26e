"""Draws the maps of a sample side by side: pure functions from arrays to BGR images."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import cv2
import numpy as np

from mmseg_ext.common.printable import printable

IGNORE_INDEX = 255
_DARK = 30
_TITLE_HEIGHT = 24
_GAP = 6
_MIN_WIDTH = 256
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_FONT_SCALE = 0.45
_PAPER, _INK = (255, 255, 255), (30, 30, 30)


class Panel(NamedTuple):
    """A titled image, uint8 (H, W, 3) BGR."""

    title: str
    image: np.ndarray


def draw_classes(ids: np.ndarray, palette: np.ndarray) -> np.ndarray:
    """Draw class ids (H, W) in their colours.

    Args:
        ids: uint8 or int64; ids beyond the palette are background (dark), 255 is ignored (checks).
        palette: uint8 (C, 3), RGB.
    """
    colours = np.full((256, 3), _DARK, np.uint8)
    colours[: len(palette)] = np.asarray(palette)[:, ::-1]
    return check_ignored(colours[ids], ids == IGNORE_INDEX)


def draw_instances(ids: np.ndarray, palette: np.ndarray) -> np.ndarray:
    """Draw instance ids (H, W) in colours that tell neighbouring ids apart, 0 dark."""
    hue = (ids.astype(np.int64) * 111) % 180
    value = 255 - (ids.astype(np.int64) * 37) % 96
    hsv = np.stack([hue, np.full_like(hue, 170), value], axis=-1).astype(np.uint8)
    return np.where((ids == 0)[..., None], np.uint8(_DARK), cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR))


def draw_edges(edges: np.ndarray, palette: np.ndarray) -> np.ndarray:
    """Draw an edge map (H, W) in white, 255 is ignored."""
    grey = np.where(edges == 1, np.uint8(255), np.uint8(_DARK))
    return check_ignored(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), edges == IGNORE_INDEX)


def draw_distance(distance: np.ndarray, palette: np.ndarray) -> np.ndarray:
    """Draw distance levels (integers, 255 ignored) or fractions (floats, negative ignored)."""
    floating = distance.dtype.kind == 'f'
    ignored = distance < 0 if floating else distance == IGNORE_INDEX
    known = np.where(ignored, 0, distance)
    fraction = known / (1 if floating else max(int(known.max()), 1))
    drawn = cv2.applyColorMap((255 * fraction).astype(np.uint8), cv2.COLORMAP_VIRIDIS)
    drawn[known == 0] = _DARK
    return check_ignored(drawn, ignored)


_DRAWINGS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    'classes': draw_classes,
    'instances': draw_instances,
    'edges': draw_edges,
    'levels': draw_distance,
}


def draw_map(kind: str, array: np.ndarray, palette: np.ndarray) -> np.ndarray:
    """Draw a map (H, W) of a kind of :class:`~mmseg_ext.common.contributions.DrawnMap`."""
    return _DRAWINGS[kind](array, palette)


def arrange(
    rows: Sequence[Sequence[Panel | None]], classes: Sequence[tuple[str, Sequence[int]]]
) -> np.ndarray:
    """Put panels on one sheet, with a legend below.

    Args:
        rows: Panels row by row; None leaves a place empty. All are drawn at the size of the first,
            enlarged by a whole number where that is narrow.
        classes: Name and RGB colour of the classes in the legend.

    Returns:
        uint8 (H, W, 3), BGR.
    """
    first = next(panel for row in rows for panel in row if panel is not None)
    height, width = first.image.shape[:2]
    factor = -(-_MIN_WIDTH // width)
    height, width = height * factor, width * factor
    columns = max(map(len, rows))
    sheet_width = columns * (width + _GAP) + _GAP
    sheet = np.full((len(rows) * (height + _TITLE_HEIGHT + _GAP), sheet_width, 3), 255, np.uint8)
    for row, panels in enumerate(rows):
        for column, panel in enumerate(panels):
            if panel is None:
                continue
            top = row * (height + _TITLE_HEIGHT + _GAP) + _TITLE_HEIGHT
            left = column * (width + _GAP) + _GAP
            _write(sheet, panel.title, left, top - 8)
            sheet[top : top + height, left : left + width] = cv2.resize(
                panel.image, (width, height), interpolation=cv2.INTER_NEAREST
            )
    return np.concatenate([sheet, _legend(classes, sheet_width)])


def _legend(classes: Sequence[tuple[str, Sequence[int]]], width: int) -> np.ndarray:
    places, left, line = [], _GAP, 0
    classes = [(printable(name), colour) for name, colour in classes]
    for name, _ in classes:
        needed = cv2.getTextSize(name, _FONT, _FONT_SCALE, 1)[0][0] + 36
        if left + needed > width and left > _GAP:
            left, line = _GAP, line + 1
        places.append((left, line * _TITLE_HEIGHT))
        left += needed
    lines = line + 1 if classes else 0
    legend = np.full((lines * _TITLE_HEIGHT, width, 3), _PAPER, np.uint8)
    for (name, colour), (left, top) in zip(classes, places, strict=True):
        red, green, blue = colour
        cv2.rectangle(legend, (left, top + 5), (left + 14, top + 17), (blue, green, red), -1)
        cv2.rectangle(legend, (left, top + 5), (left + 14, top + 17), _INK, 1)
        _write(legend, name, left + 20, top + 16)
    return legend


def _write(image: np.ndarray, text: str, left: int, bottom: int) -> None:
    # OpenCV ends the process at a lone surrogate.
    cv2.putText(image, printable(text), (left, bottom), _FONT, _FONT_SCALE, _INK, 1, cv2.LINE_AA)


def check_ignored(image: np.ndarray, ignored: np.ndarray) -> np.ndarray:
    """Draw a grey chequer, which no palette has, where nothing is known."""
    rows, columns = np.indices(ignored.shape)
    chequer = np.where((rows // 4 + columns // 4) % 2, np.uint8(110), np.uint8(150))
    return np.where(ignored[..., None], chequer[..., None], image)
