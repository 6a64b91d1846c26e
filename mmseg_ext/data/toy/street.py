"""The sky, the ground and what lines the street."""

import numpy as np

from mmseg_ext.data.toy.canvas import Canvas, Colour
from mmseg_ext.data.toy.classes import BUILDING, FENCE, MARKING, ROAD, SIDEWALK, VEGETATION
from mmseg_ext.data.toy.scene import FAR, Street
from mmseg_ext.data.toy.surface import smooth_noise

SKIES = ((84, 140, 205), (120, 165, 215), (165, 180, 195))
FACADES = (
    (168, 108, 84),
    (205, 185, 150),
    (150, 148, 150),
    (222, 214, 200),
    (128, 92, 78),
    (186, 160, 120),
    (140, 156, 168),
    (196, 140, 110),
)
NEAR = 2.0  # metres: nearer than this nothing of the walls is in view
DETAILED = 45.0  # metres: windows and fence boards beyond would be narrower than a pixel


def sky(rng: np.random.Generator) -> np.ndarray:
    """Return the sky as a small RGB image (48, 64, 3) uint8: it is smooth."""
    height, width = 48, 64
    clear = np.array(SKIES[rng.integers(len(SKIES))], np.float32)
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    colours = clear * (1 - down) + np.array((222, 226, 230), np.float32) * down
    clouds = np.clip(smooth_noise(rng, height, width, 5) * 0.9 - 0.2, 0, np.float32(0.8))[..., None]
    return np.round(colours * (1 - clouds) + 243 * clouds).astype(np.uint8)


def draw_ground(canvas: Canvas, street: Street, rng: np.random.Generator) -> None:
    """Draw the road, its markings and the sidewalks."""
    grey = rng.uniform(88, 118)
    paving = np.array((172, 160, 148)) * rng.uniform(0.85, 1.08)

    def strip(
        left: float, right: float, near: float, far: float, colour: Colour, class_id: int
    ) -> None:
        project = street.camera.project
        canvas.polygon(
            [
                project(left, 0, near),
                project(left, 0, far),
                project(right, 0, far),
                project(right, 0, near),
            ],
            colour,
            class_id,
        )

    strip(-60, 60, 1, FAR * 4, paving * 0.95, SIDEWALK)
    for z in np.arange(3.0, 24.0, 1.5):
        strip(-street.wall, street.wall, z, z + 0.06, paving * 0.82, SIDEWALK)
    strip(-street.road - 0.18, street.road + 0.18, 1, FAR * 4, paving * 1.12, SIDEWALK)
    strip(-street.road, street.road, 1, FAR * 4, (grey, grey, grey + 4), ROAD)
    white = np.array((226, 224, 214)) * rng.uniform(0.85, 1.05)
    for z in np.arange(rng.uniform(2, 4), FAR, 5.0):
        strip(-0.1, 0.1, z, z + 2.6, white, MARKING)
    for side in (-1, 1):
        edge = side * (street.road - 0.25)
        strip(edge - 0.07, edge + 0.07, 1, FAR, white, MARKING)
    if rng.random() < 0.35:
        start = rng.uniform(5, 9)
        for x in np.arange(0.6 - street.road, street.road - 0.9, 1.1):
            strip(x, x + 0.55, start, start + 2.4, white, MARKING)


def draw_walls(canvas: Canvas, street: Street, rng: np.random.Generator) -> None:
    """Line both sides with houses and with gardens behind a fence, from far to near."""
    project, wall = street.camera.project, street.wall
    canvas.polygon(
        [
            project(-200, 0, FAR),
            project(-200, rng.uniform(3, 7), FAR),
            project(0, rng.uniform(3, 7), FAR),
            project(200, rng.uniform(3, 7), FAR),
            project(200, 0, FAR),
        ],
        (104, 128, 96),
        VEGETATION,
    )
    for side in (-1, 1):
        far, garden = FAR, False
        while far > NEAR:
            garden = not garden and rng.random() < 0.4
            near = max(NEAR, far - rng.uniform(6, 13))
            draw = _garden if garden else _house
            draw(canvas, street, side * wall, near, far, rng)
            far = near


def _panel(street: Street, x: float, near: float, far: float, low: float, high: float) -> list:
    """Return the corners of an upright rectangle along the street."""
    project = street.camera.project
    return [
        project(x, low, near),
        project(x, high, near),
        project(x, high, far),
        project(x, low, far),
    ]


def _house(
    canvas: Canvas, street: Street, x: float, near: float, far: float, rng: np.random.Generator
) -> None:
    height, storey = rng.uniform(6, 15), 3.0
    colour = np.array(FACADES[rng.integers(len(FACADES))]) * rng.uniform(0.75, 1.05)
    glass = np.array((70, 84, 100)) * rng.uniform(0.7, 1.2)
    project = street.camera.project
    outer = x + 30 * np.sign(x)
    canvas.polygon(
        [
            project(x, 0, near),
            project(x, height, near),
            project(outer, height, near),
            project(outer, 0, near),
        ],
        colour * 0.78,
        BUILDING,
    )
    canvas.polygon(_panel(street, x, near, far, 0, height), colour, BUILDING)
    canvas.polygon(_panel(street, x, near, far, height - 0.4, height), colour * 0.7)
    canvas.polygon(_panel(street, x, near, far, 0, 0.5), colour * 0.75)
    canvas.details(
        [
            _panel(street, x, z, z + 1.1, low, low + 1.5)
            for z in np.arange(near + 0.8, min(far - 1.2, DETAILED), 2.2)
            for low in np.arange(1.0, height - 2.0, storey)
        ],
        glass,
    )
    door = near + rng.uniform(0.3, 0.7) * (far - near)
    canvas.polygon(_panel(street, x, door, door + 1.1, 0, 2.1), colour * 0.4)


def _garden(
    canvas: Canvas, street: Street, x: float, near: float, far: float, rng: np.random.Generator
) -> None:
    green = np.array((78, 110, 58)) * rng.uniform(0.75, 1.15)
    top = rng.uniform(2.2, 4.2)
    canvas.polygon(_panel(street, x * 1.04, near, far, 0, top), green * 0.85, VEGETATION)
    for z in np.linspace(far, near, 9):
        size = street.camera.scale(z) * rng.uniform(0.6, 1.2)
        canvas.ellipse(
            street.camera.project(x * 1.04, top, z),
            (size, size),
            green * rng.uniform(0.8, 1.1),
            VEGETATION,
        )
    wood = np.array((150, 118, 84)) * rng.uniform(0.7, 1.25)
    canvas.polygon(_panel(street, x, near, far, 0, 1.1), wood, FENCE)
    canvas.details(
        [_panel(street, x, z, z + 0.14, 0, 1.1) for z in np.arange(near, min(far, DETAILED), 0.55)],
        wood * 0.72,
    )
    canvas.polygon(_panel(street, x, near, far, 0.85, 0.95), wood * 0.6)
