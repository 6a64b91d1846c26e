"""The removal test: what changes elsewhere when the objects of a class are gone."""

from typing import NamedTuple

import numpy as np

from mmseg_ext.analysis.context.measure import progress
from mmseg_ext.analysis.context.survey import Frames
from mmseg_ext.data.transforms.cutouts import Cutout
from mmseg_ext.data.transforms.inpainting import remove_object
from mmseg_ext.prediction.predictor import Predictor


class Removal(NamedTuple):
    """The objects of a class in a frame, and holes of their shapes in the control class."""

    label: int
    frame: int
    objects: list[Cutout]
    controls: list[Cutout]


def plan_removals(frames: Frames, stuff: int, number: int, seed: int = 0) -> list[Removal]:
    """Choose frames, the objects to remove, and as many control holes of equal shape.

    A control hole is the object's own shape, at a random place where its box lies within the
    control class. An object for which there is no such place is left in the image.

    Args:
        frames: The test set.
        stuff: The control class: the most common class of stuff in training.
        number: How many frames for each class, at most.
        seed: Seed of all draws.

    Source: our decision, after Shetty, Schiele and Fritz, CVPR 2019.
    """
    rng = np.random.default_rng(seed)
    planned: list[Removal] = []
    counts = dict.fromkeys(frames.things, 0)
    for index in rng.permutation(len(frames)).tolist():
        if min(counts.values()) >= number:
            break
        frame = frames[index]
        pairs: dict[int, list[tuple[Cutout, Cutout]]] = {}
        for label, cutout in frames.objects(frame):
            control = control_hole(frame.labels == stuff, cutout, rng)
            if control is not None:
                pairs.setdefault(label, []).append((cutout, control))
        for label, found in pairs.items():
            if counts[label] < number:
                counts[label] += 1
                objects, controls = zip(*found, strict=True)
                planned.append(Removal(label, index, list(objects), list(controls)))
    return sorted(planned, key=lambda each: each.label)


def control_hole(stuff: np.ndarray, cutout: Cutout, rng: np.random.Generator) -> Cutout | None:
    """Draw a place for the shape of an object whose box lies within a class.

    Args:
        stuff: The pixels of the class, bool (H, W).
        cutout: The object.
        rng: Where the draw comes from.

    Returns:
        The hole, or None where there is no place.
    """
    height, width = cutout.mask.shape
    sums = np.pad(stuff.astype(np.int64).cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    inside = (
        sums[height:, width:] - sums[:-height, width:] - sums[height:, :-width]
        + sums[:-height, :-width]
    )  # fmt: skip
    places = np.flatnonzero(inside == height * width)
    if not len(places):
        return None
    top, left = divmod(int(rng.choice(places)), inside.shape[1])
    return Cutout(top, left, cutout.mask)


def with_holes(image: np.ndarray, holes: list[Cutout]) -> tuple[np.ndarray, np.ndarray]:
    """Return a copy of an image without some objects, and where it was inpainted, bool (H, W)."""
    image, where = image.copy(), np.zeros(image.shape[:2], bool)
    for hole in holes:
        box, removed = remove_object(image, hole)
        where[box] |= removed
    return image, where


class RemovalCounts(NamedTuple):
    """Pixels outside of all holes: ``changed``, (M, 2, C), and ``pixels``, (M, C), by true class.

    ``changed`` are those that are predicted otherwise than in the image as it is: without the
    objects, and with the control holes.
    """

    changed: np.ndarray
    pixels: np.ndarray


def predicted_removals(
    frames: Frames, removals: list[Removal], predictor: Predictor
) -> RemovalCounts:
    """Count what changes when objects are removed, and when as much is removed elsewhere."""
    count = len(frames.classes)
    changed, pixels = [], []
    for removal in progress(removals, 'removal test'):
        frame = frames[removal.frame]
        image = frame.image()
        before = predictor(image).classes
        images, holes = zip(
            *(with_holes(image, each) for each in (removal.objects, removal.controls)), strict=True
        )
        outside = ~(holes[0] | holes[1]) & (frame.labels < count)
        truth = frame.labels[outside]
        pixels.append(np.bincount(truth, minlength=count))
        changed.append([
            np.bincount(truth[(predictor(each).classes != before)[outside]], minlength=count)
            for each in images
        ])  # fmt: skip
    return RemovalCounts(
        np.array(changed, np.int64).reshape(-1, 2, count),
        np.array(pixels, np.int64).reshape(-1, count),
    )
