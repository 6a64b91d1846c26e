"""Trees, lamp posts and traffic signs along the road."""

import numpy as np

from mmseg_ext.data.toy.canvas import Canvas
from mmseg_ext.data.toy.classes import POLE, SIGN, VEGETATION
from mmseg_ext.data.toy.scene import Street


def draw_tree(canvas: Canvas, street: Street, x: float, z: float, rng: np.random.Generator) -> None:
    """Draw a tree: a trunk and a crown of leafy blobs."""
    scale, crown = street.camera.scale(z), rng.uniform(3.2, 4.4)
    green = np.array((84, 122, 58)) * rng.uniform(0.7, 1.15)
    canvas.line(
        [street.camera.project(x, 0, z), street.camera.project(x, crown, z)],
        0.22 * scale,
        (92, 74, 58),
        VEGETATION,
    )
    for shade in np.linspace(0.78, 1.15, 9):
        across, up = rng.uniform(-0.9, 0.9), rng.uniform(-0.8, 1.0)
        radius = rng.uniform(0.55, 0.95) * scale
        canvas.ellipse(
            street.camera.project(x + across, crown + up, z),
            (radius, radius * 0.9),
            green * shade,
            VEGETATION,
        )


def draw_lamp(canvas: Canvas, street: Street, x: float, z: float, rng: np.random.Generator) -> None:
    """Draw a lamp post whose arm reaches over the road."""
    project, scale = street.camera.project, street.camera.scale(z)
    metal, top, arm = np.full(3, rng.uniform(60, 130)), rng.uniform(4.5, 6.0), -np.sign(x) * 1.2
    canvas.line(
        [project(x, 0, z), project(x, top, z), project(x + arm, top + 0.25, z)],
        0.16 * scale,
        metal,
        POLE,
    )
    canvas.ellipse(
        project(x + arm, top + 0.2, z), (0.3 * scale, 0.1 * scale), (235, 232, 210), POLE
    )


def draw_sign(canvas: Canvas, street: Street, x: float, z: float, rng: np.random.Generator) -> None:
    """Draw a traffic sign on its post: round, triangular or square."""
    project, scale = street.camera.project, street.camera.scale(z)
    top, size, kind = rng.uniform(2.3, 2.8), rng.uniform(0.34, 0.46), rng.integers(3)
    canvas.line([project(x, 0, z), project(x, top, z)], 0.12 * scale, (135, 138, 140), POLE)
    if kind == 0:
        canvas.ellipse(project(x, top, z), (size * scale, size * scale), (200, 35, 35), SIGN)
        canvas.ellipse(
            project(x, top, z), (size * 0.65 * scale, size * 0.65 * scale), (240, 240, 235)
        )
    elif kind == 1:
        for part, colour, class_id in ((1.0, (205, 40, 35), SIGN), (0.55, (245, 240, 225), None)):
            reach = size * 1.15 * part
            canvas.polygon(
                [
                    project(x - reach, top - reach * 0.8, z),
                    project(x, top + reach, z),
                    project(x + reach, top - reach * 0.8, z),
                ],
                colour,
                class_id,
            )
    else:
        canvas.polygon(
            [
                project(x - size, top - size, z),
                project(x - size, top + size, z),
                project(x + size, top + size, z),
                project(x + size, top - size, z),
            ],
            (35, 85, 175),
            SIGN,
        )
        canvas.line(
            [project(x, top - size * 0.5, z), project(x, top + size * 0.5, z)],
            0.2 * scale,
            (240, 240, 240),
        )
