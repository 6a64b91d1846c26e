"""The parts of a street scene, in metres."""

from typing import NamedTuple

from mmseg_ext.data.toy.camera import Camera

CAR_WIDTH, CAR_HEIGHT = 1.8, 1.45
FAR = 75.0  # where the street ends
Box = tuple[float, float, float, float]  # left, top, right, bottom in pixels


class Street(NamedTuple):
    """The street: its middle is ``x = 0``.

    Attributes:
        camera: The camera.
        road: Half width of the road.
        pavement: Width of each of the two sidewalks.
    """

    camera: Camera
    road: float
    pavement: float

    @property
    def wall(self) -> float:
        """The distance from the middle of the street to the facades."""
        return self.road + self.pavement


class Car(NamedTuple):
    """A car: its middle ``x``, its near end ``z``, its length."""

    x: float
    z: float
    length: float

    def box(self, camera: Camera) -> Box:
        """Return its bounding box in the image."""
        near = self._face(camera, self.z)
        far = self._face(camera, self.z + self.length)
        return min(near[0], far[0]), min(near[1], far[1]), max(near[2], far[2]), near[3]

    def _face(self, camera: Camera, z: float) -> Box:
        left, top = camera.project(self.x - CAR_WIDTH / 2, CAR_HEIGHT, z)
        return left, top, *camera.project(self.x + CAR_WIDTH / 2, 0.0, z)


class Walker(NamedTuple):
    """Someone on foot, or with a bicycle; the figure itself is the same."""

    x: float
    z: float
    height: float
    cyclist: bool

    def box(self, camera: Camera) -> Box:
        """Return the bounding box in the image, with room for a bicycle."""
        left, top = camera.project(self.x - 0.45, self.height, self.z)
        return left, top, *camera.project(self.x + 0.45, 0.0, self.z)


class Scene(NamedTuple):
    """Everything that stands in a frame and counts; the rest is decoration."""

    street: Street
    cars: list[Car]
    walkers: list[Walker]


def overlap(one: Box, other: Box, margin: float = 0.0) -> bool:
    """Say whether two boxes come closer than ``margin`` pixels."""
    return (
        one[0] - margin < other[2]
        and other[0] - margin < one[2]
        and one[1] - margin < other[3]
        and other[1] - margin < one[3]
    )
