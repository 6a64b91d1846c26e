"""One frame of ToyStreets."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from mmseg_ext.data.toy.canvas import Canvas
from mmseg_ext.data.toy.classes import SKY
from mmseg_ext.data.toy.context import SPLITS, STRENGTH, context_rule
from mmseg_ext.data.toy.furniture import draw_lamp, draw_sign, draw_tree
from mmseg_ext.data.toy.sampling import sample_scene
from mmseg_ext.data.toy.scene import Car, Scene, Walker
from mmseg_ext.data.toy.street import draw_ground, draw_walls, sky
from mmseg_ext.data.toy.surface import photograph
from mmseg_ext.data.toy.walkers import EVIDENCE, draw_car, draw_walker


class Frame(NamedTuple):
    """A frame.

    Attributes:
        image: RGB image (H, W, 3) uint8.
        labels: Class ids (H, W) uint8.
        instances: Instance ids of the things (H, W) uint16, 0 where there is none.
    """

    image: np.ndarray
    labels: np.ndarray
    instances: np.ndarray


def draw_frame(
    seed: int,
    split: str,
    index: int,
    height: int = 192,
    width: int = 256,
    context_strength: float = STRENGTH,
    evidence: float = EVIDENCE,
) -> Frame:
    """Draw one frame; it depends on the arguments alone, not on frames drawn before.

    Args:
        seed: Seed of the set.
        split: ``train``, ``val`` or ``shift``.
        index: Number of the frame in its split.
        height: Rows.
        width: Columns.
        context_strength: Probability that a cyclist of ``train`` and ``val`` stands by a car.
        evidence: Opacity of a cyclist's wheels, 0 to 1.

    Returns:
        The frame.

    Raises:
        ValueError: For an unknown split or a strength out of range.
    """
    rule = context_rule(split, context_strength)
    rng = np.random.default_rng((seed, SPLITS.index(split), index))
    scene = sample_scene(rng, height, width, rule)
    canvas = Canvas(height, width, sky(rng), SKY)
    draw_ground(canvas, scene.street, rng)
    draw_walls(canvas, scene.street, rng)
    _draw_objects(canvas, scene, rng, evidence)
    labels = canvas.labels()
    return Frame(photograph(canvas.image(), labels, rng), labels, canvas.instances())


class _Furniture(NamedTuple):
    draw: Callable[..., None]
    x: float
    z: float


def _draw_objects(canvas: Canvas, scene: Scene, rng: np.random.Generator, evidence: float) -> None:
    """Draw cars, walkers and street furniture from far to near."""
    street = scene.street
    objects: list[Car | Walker | _Furniture] = [*scene.cars, *scene.walkers]
    for draw, offset in ((draw_tree, 0.8), (draw_lamp, 0.15), (draw_sign, 0.15)):
        for _ in range(rng.integers(1, 4)):
            x = rng.choice((-1, 1)) * (street.road + offset * street.pavement)
            objects.append(_Furniture(draw, x, rng.uniform(6.5, 26)))
    objects.sort(key=lambda thing: -thing.z)
    for instance, thing in enumerate(objects, start=1):
        if isinstance(thing, Car):
            draw_car(canvas, street.camera, thing, rng, instance)
        elif isinstance(thing, Walker):
            draw_walker(canvas, street.camera, thing, rng, instance, evidence)
        else:
            thing.draw(canvas, street, thing.x, thing.z, rng)
