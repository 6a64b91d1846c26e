"""The pinhole camera of a frame."""

from typing import NamedTuple

Point = tuple[float, float]


class Camera(NamedTuple):
    """A level pinhole camera above the middle of the street.

    World coordinates are in metres: ``x`` to the right, ``y`` up from the ground, ``z`` ahead.

    Attributes:
        focal: Focal length in pixels.
        height: Height above the ground in metres.
        vanishing: The vanishing point of the street in pixels (column, row).
    """

    focal: float
    height: float
    vanishing: Point

    def project(self, x: float, y: float, z: float) -> Point:
        """Return the pixel (column, row) of a point in the world."""
        scale = self.scale(z)
        return self.vanishing[0] + scale * x, self.vanishing[1] + scale * (self.height - y)

    def scale(self, z: float) -> float:
        """Return how many pixels a metre takes at distance ``z``."""
        return self.focal / z
