"""A canvas that draws the image, the labels and the instances in one go."""

from collections.abc import Sequence

import cv2
import numpy as np

from mmseg_ext.data.toy.camera import Point

Colour = Sequence[float] | np.ndarray
_Ellipse = tuple[tuple[int, int], tuple[int, int]]  # centre, half axes in drawn pixels
OVERSAMPLING = 2  # drawn pixels per finished pixel and axis
_INSTANCE_STEP = 256  # the id map holds class + 256 * instance


class Canvas:
    """Draws shapes into an RGB image and into its map of classes and instances.

    Everything is drawn twice as large. :meth:`image` averages that down, so that thin shapes fade
    as in a photograph; :meth:`labels` and :meth:`instances` take one sample of it. Coordinates are
    pixels (column, row) of the small image. A shape with ``class_id`` None is a detail: it changes
    the image alone.

    Args:
        height: Rows of the finished image.
        width: Columns of the finished image.
        background: RGB image (any, any, 3) uint8 to begin with; it is stretched to fit.
        class_id: The class of the background.
    """

    def __init__(self, height: int, width: int, background: np.ndarray, class_id: int) -> None:
        self._size = (width, height)
        large = (width * OVERSAMPLING, height * OVERSAMPLING)
        self._pixels = cv2.resize(background, large, interpolation=cv2.INTER_LINEAR)
        self._ids = np.full(large[::-1], class_id, np.uint16)

    def polygon(
        self,
        points: Sequence[Point],
        colour: Colour,
        class_id: int | None = None,
        instance: int = 0,
    ) -> None:
        """Fill a polygon."""
        grid = [_grid(points)]
        cv2.fillPoly(self._pixels, grid, tuple(colour))
        if class_id is not None:
            cv2.fillPoly(self._ids, grid, _identity(class_id, instance))

    def details(self, polygons: Sequence[Sequence[Point]], colour: Colour) -> None:
        """Fill polygons of equally many corners that do not overlap, as details."""
        if len(polygons):
            cv2.fillPoly(self._pixels, list(_grid(polygons)), tuple(colour))

    def line(
        self,
        points: Sequence[Point],
        thickness: float,
        colour: Colour,
        class_id: int | None = None,
        instance: int = 0,
    ) -> None:
        """Draw an open line through points, ``thickness`` pixels wide."""
        grid, thick = [_grid(points)], _length(thickness)
        cv2.polylines(self._pixels, grid, False, tuple(colour), thick)
        if class_id is not None:
            cv2.polylines(self._ids, grid, False, _identity(class_id, instance), thick)

    def ellipse(
        self,
        centre: Point,
        axes: Point,
        colour: Colour,
        class_id: int | None = None,
        instance: int = 0,
    ) -> None:
        """Fill an upright ellipse with half axes ``axes``."""
        shape = _ellipse(centre, axes)
        cv2.ellipse(self._pixels, *shape, 0, 0, 360, tuple(colour), -1)
        if class_id is not None:
            cv2.ellipse(self._ids, *shape, 0, 0, 360, _identity(class_id, instance), -1)

    def shadow(self, centre: Point, axes: Point, opacity: float) -> None:
        """Darken an upright ellipse of the image by the fraction ``opacity``."""
        self._darken(_ellipse(centre, axes), opacity, -1)

    def faint_ring(
        self, centre: Point, axes: Point, opacity: float, class_id: int, instance: int
    ) -> None:
        """Darken a ring, one pixel wide, by ``opacity``; it and its inside get the label."""
        shape = _ellipse(centre, axes)
        self._darken(shape, opacity, OVERSAMPLING)
        cv2.ellipse(self._ids, *shape, 0, 0, 360, _identity(class_id, instance), -1)

    def _darken(self, shape: _Ellipse, opacity: float, thickness: int) -> None:
        (column, row), (half_width, half_height) = shape
        left, top = max(0, column - half_width - 2), max(0, row - half_height - 2)
        region = self._pixels[
            top : max(0, row + half_height + 3), left : max(0, column + half_width + 3)
        ]
        if region.size == 0:
            return
        mask = np.zeros(region.shape[:2], np.uint8)
        cv2.ellipse(mask, (column - left, row - top), shape[1], 0, 0, 360, 1, thickness)
        covered = mask.astype(bool)
        region[covered] = np.round(region[covered] * (1 - opacity))

    def image(self) -> np.ndarray:
        """Return the RGB image (H, W, 3) uint8."""
        return cv2.resize(self._pixels, self._size, interpolation=cv2.INTER_AREA)

    def labels(self) -> np.ndarray:
        """Return the class ids (H, W) uint8."""
        return (self._sample() % _INSTANCE_STEP).astype(np.uint8)

    def instances(self) -> np.ndarray:
        """Return the instance ids (H, W) uint16, 0 where there is none."""
        return (self._sample() // _INSTANCE_STEP).astype(np.uint16)

    def _sample(self) -> np.ndarray:
        return self._ids[::OVERSAMPLING, ::OVERSAMPLING]


def _identity(class_id: int, instance: int) -> int:
    return class_id + _INSTANCE_STEP * instance


def _grid(points: Sequence) -> np.ndarray:
    """Return points of any shape (..., 2) as drawn pixels, int32."""
    return np.rint(np.array(points) * OVERSAMPLING).astype(np.int32)


def _length(length: float) -> int:
    return max(1, round(length * OVERSAMPLING))


def _ellipse(centre: Point, axes: Point) -> _Ellipse:
    column, row = _grid(centre).tolist()
    return (column, row), (_length(axes[0]), _length(axes[1]))
