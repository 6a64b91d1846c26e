"""Sampling a scene: the street, its cars, and its walkers by the rule of the context."""

import numpy as np

from mmseg_ext.data.toy.camera import Camera
from mmseg_ext.data.toy.context import ContextRule
from mmseg_ext.data.toy.scene import CAR_WIDTH, Car, Scene, Street, Walker, overlap

CARS = (2, 5)  # fewest, most + 1
PERSONS = (1, 6)
CYCLISTS = (0, 3)
NEAR, FAR = 13.0, 22.5  # metres: where walkers stand
AWAY = 0.05  # a walker who is not by a car keeps this fraction of the width from every car
TRIES = 40


def sample_scene(rng: np.random.Generator, height: int, width: int, rule: ContextRule) -> Scene:
    """Sample a scene for a frame of ``height`` x ``width`` pixels."""
    vanishing = (width * rng.uniform(0.42, 0.58), height * rng.uniform(0.46, 0.54))
    camera = Camera(width * rng.uniform(0.66, 0.74), rng.uniform(1.7, 2.2), vanishing)
    street = Street(camera, rng.uniform(4.2, 5.2), rng.uniform(2.6, 3.6))
    cars = _sample_cars(rng, street)
    return Scene(street, cars, _sample_walkers(rng, street, cars, rule, width))


def _sample_cars(rng: np.random.Generator, street: Street) -> list[Car]:
    cars: list[Car] = []
    wanted = rng.integers(*CARS)
    lanes = (1.0 - street.road, -1.5, 1.5, street.road - 1.0)
    for _ in range(TRIES):
        if len(cars) == wanted:
            break
        car = Car(
            lanes[rng.integers(4)] + rng.uniform(-0.2, 0.2),
            rng.uniform(9, 22.5),
            rng.uniform(3.6, 4.6),
        )
        if all(
            abs(car.x - other.x) > 2.2
            or car.z > other.z + other.length + 1.5
            or other.z > car.z + car.length + 1.5
            for other in cars
        ):
            cars.append(car)
    return cars


def _sample_walkers(
    rng: np.random.Generator, street: Street, cars: list[Car], rule: ContextRule, width: int
) -> list[Walker]:
    kinds = [True] * rng.integers(*CYCLISTS) + [False] * rng.integers(*PERSONS)
    walkers: list[Walker] = []
    for cyclist in kinds:
        by_car = rng.random() < (rule.cyclist if cyclist else rule.person)
        for _ in range(TRIES):
            walker = (
                _by_car(rng, cars[rng.integers(len(cars))], cyclist)
                if by_car
                else _anywhere(rng, street, cyclist)
            )
            if _fits(walker, street, cars, walkers, width, 0.0 if by_car else AWAY * width):
                walkers.append(walker)
                break
    return walkers


def _by_car(rng: np.random.Generator, car: Car, cyclist: bool) -> Walker:
    side = rng.choice((-1, 1))
    return Walker(
        car.x + side * (CAR_WIDTH / 2 + rng.uniform(0.25, 0.6)),
        car.z - rng.uniform(0.1, 0.6),
        rng.uniform(1.55, 1.85),
        cyclist,
    )


def _anywhere(rng: np.random.Generator, street: Street, cyclist: bool) -> Walker:
    # Uniform in 1/z: walkers near and far are then as frequent as they are beside the cars.
    z = 1 / rng.uniform(1 / FAR, 1 / NEAR)
    return Walker(
        rng.uniform(0.5 - street.wall, street.wall - 0.5), z, rng.uniform(1.55, 1.85), cyclist
    )


def _fits(
    walker: Walker, street: Street, cars: list[Car], others: list[Walker], width: int, away: float
) -> bool:
    """Say whether a walker is inside the picture, unhidden, and far enough from the cars."""
    camera = street.camera
    box = walker.box(camera)
    if not (
        NEAR <= walker.z <= FAR
        and abs(walker.x) < street.wall - 0.4
        and box[0] > 1
        and box[2] < width - 1
    ):
        return False
    if any(overlap(box, other.box(camera)) for other in others):
        return False
    # By its own car the boxes may overlap, since the walker stands in front of it.
    blocking = cars if away else [car for car in cars if car.z < walker.z]
    return not any(overlap(box, car.box(camera), away) for car in blocking)
