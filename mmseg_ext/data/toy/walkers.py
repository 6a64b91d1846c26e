"""Cars, persons and cyclists."""

import numpy as np

from mmseg_ext.data.toy.camera import Camera
from mmseg_ext.data.toy.canvas import Canvas, Colour
from mmseg_ext.data.toy.classes import CAR, CYCLIST, PERSON
from mmseg_ext.data.toy.scene import CAR_HEIGHT, CAR_WIDTH, Car, Walker

EVIDENCE = 0.6  # opacity of the wheels, one pixel wide: more, and the context matters less
PAINTS = (
    (190, 35, 40),
    (30, 70, 160),
    (225, 225, 225),
    (40, 42, 48),
    (150, 155, 160),
    (25, 105, 75),
    (215, 165, 40),
    (115, 30, 50),
    (90, 140, 190),
)
CLOTHES = (
    (200, 60, 60),
    (60, 90, 170),
    (60, 130, 80),
    (210, 180, 70),
    (120, 70, 140),
    (210, 210, 205),
    (70, 70, 75),
    (220, 130, 60),
    (90, 60, 45),
)
SKINS = ((236, 200, 170), (205, 155, 120), (150, 105, 75), (95, 65, 48))


def draw_car(
    canvas: Canvas, camera: Camera, car: Car, rng: np.random.Generator, instance: int
) -> None:
    """Draw a car as a body and a cabin, seen from its near end."""
    paint = np.array(PAINTS[rng.integers(len(PAINTS))]) * rng.uniform(0.8, 1.1)
    paint = np.minimum(paint, 245)
    half, far, glass = CAR_WIDTH / 2, car.z + car.length, (52, 66, 84)
    lamp = (215, 40, 35) if rng.random() < 0.6 else (250, 245, 215)
    scale = camera.scale(car.z)
    canvas.shadow(camera.project(car.x, 0.0, car.z + 0.3), (half * 1.15 * scale, 0.22 * scale), 0.5)

    def corner(side: float, y: float, z: float) -> tuple[float, float]:
        return camera.project(car.x + side * half, y, z)

    inner = -1 if car.x > 0 else 1  # the side that the camera sees
    body, roof, low, back = 0.85, CAR_HEIGHT, 0.22, (car.z + 0.5, far - 0.9)
    canvas.polygon(
        [
            corner(inner, low, car.z),
            corner(inner, body, car.z),
            corner(inner, body, far),
            corner(inner, low, far),
        ],
        paint * 0.72,
        CAR,
        instance,
    )
    canvas.polygon(
        [
            corner(inner, body, car.z),
            corner(inner * 0.82, roof, back[0]),
            corner(inner * 0.82, roof, back[1]),
            corner(inner, body, far),
        ],
        glass,
        CAR,
        instance,
    )
    canvas.polygon(
        [
            corner(-0.82, roof, back[0]),
            corner(0.82, roof, back[0]),
            corner(0.82, roof, back[1]),
            corner(-0.82, roof, back[1]),
        ],
        paint * 0.9,
        CAR,
        instance,
    )
    for z in (car.z + 0.75, far - 0.75):
        size = camera.scale(z)
        canvas.ellipse(
            corner(inner, 0.3, z), (0.16 * size, 0.3 * size), (28, 28, 30), CAR, instance
        )
    for side in (-0.78, 0.78):
        canvas.polygon(
            [
                corner(side - 0.14, 0, car.z),
                corner(side + 0.14, 0, car.z),
                corner(side + 0.14, 0.4, car.z),
                corner(side - 0.14, 0.4, car.z),
            ],
            (25, 25, 27),
            CAR,
            instance,
        )
    canvas.polygon(
        [
            corner(-1, low, car.z),
            corner(1, low, car.z),
            corner(1, body, car.z),
            corner(-1, body, car.z),
        ],
        paint,
        CAR,
        instance,
    )
    canvas.polygon(
        [
            corner(-0.96, body, car.z),
            corner(0.96, body, car.z),
            corner(0.78, roof, back[0]),
            corner(-0.78, roof, back[0]),
        ],
        paint * 0.95,
        CAR,
        instance,
    )
    canvas.polygon(
        [
            corner(-0.84, body + 0.06, car.z),
            corner(0.84, body + 0.06, car.z),
            corner(0.7, roof - 0.08, back[0]),
            corner(-0.7, roof - 0.08, back[0]),
        ],
        glass,
    )
    for side in (-0.8, 0.8):
        canvas.ellipse(corner(side, 0.65, car.z), (0.15 * scale, 0.09 * scale), lamp)
    canvas.polygon(
        [
            corner(-0.25, 0.42, car.z),
            corner(0.25, 0.42, car.z),
            corner(0.25, 0.55, car.z),
            corner(-0.25, 0.55, car.z),
        ],
        (225, 225, 215),
    )
    canvas.line([corner(-1, low, car.z), corner(1, low, car.z)], 0.08 * scale, (45, 45, 48))


def draw_walker(
    canvas: Canvas,
    camera: Camera,
    walker: Walker,
    rng: np.random.Generator,
    instance: int,
    evidence: float,
) -> None:
    """Draw a person, or the same figure with the faint wheels of a bicycle behind it.

    Args:
        canvas: Where to draw.
        camera: The camera.
        walker: Who stands where.
        rng: The generator of the frame.
        instance: The instance id.
        evidence: Opacity of the wheels, 0 to 1: all that tells a cyclist from a person.
    """
    scale, class_id = camera.scale(walker.z), CYCLIST if walker.cyclist else PERSON
    top, bottom = rng.integers(len(CLOTHES), size=2)
    shirt = np.array(CLOTHES[top]) * rng.uniform(0.75, 1.1)
    trousers = np.array(CLOTHES[bottom]) * rng.uniform(0.45, 0.75)
    skin, stride = SKINS[rng.integers(len(SKINS))], rng.uniform(0.04, 0.22)
    swing, foreshortening = rng.uniform(0.05, 0.2), rng.uniform(0.45, 0.65)

    def at(x: float, y: float) -> tuple[float, float]:
        return camera.project(walker.x + x, y * walker.height, walker.z)

    canvas.shadow(at(0, 0), (0.32 * scale, 0.09 * scale), 0.3)
    if walker.cyclist:
        for side in (-1, 1):
            canvas.faint_ring(
                at(side * 0.29, 0.16),
                (0.28 * foreshortening * scale, 0.28 * scale),
                evidence,
                class_id,
                instance,
            )

    def limb(points: list, thickness: float, colour: Colour) -> None:
        canvas.line([at(*point) for point in points], thickness * scale, colour, class_id, instance)

    for side in (-1, 1):
        limb([(side * 0.07, 0.48), (side * stride, 0.02)], 0.2, trousers)
        limb([(side * 0.2, 0.79), (side * (0.2 + swing), 0.46)], 0.13, shirt * 0.9)
    canvas.polygon(
        [at(-0.25, 0.83), at(0.25, 0.83), at(0.2, 0.43), at(-0.2, 0.43)], shirt, class_id, instance
    )
    canvas.ellipse(at(0, 0.91), (0.14 * scale, 0.17 * scale), skin, class_id, instance)
    canvas.ellipse(
        at(0, 0.965), (0.145 * scale, 0.09 * scale), np.array(skin) * 0.35, class_id, instance
    )
