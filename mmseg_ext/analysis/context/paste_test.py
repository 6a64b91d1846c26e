"""The paste test: the same object in a usual and in an unusual place of one frame."""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from mmseg_ext.analysis.context.measure import count_classes, progress
from mmseg_ext.analysis.context.survey import Frame, Frames
from mmseg_ext.data.transforms.cutouts import Cutout
from mmseg_ext.data.transforms.whole_objects import find_whole_objects
from mmseg_ext.evaluation.context.ring import RING_SHARE, ring_counts, ring_shares
from mmseg_ext.prediction.predictor import Predictor

_FRAMES_TRIED = 10
_COLUMNS_TRIED = 20
_KEPT_FRAMES = 32


class Pasting(NamedTuple):
    """An object of a frame, and two columns of another one at which it is put, at its own rows.

    Attributes:
        label: Its class.
        source: The frame that it comes from.
        cutout: Its pixels there.
        frame: The frame that it is put into, at one of the columns.
        usual: The column of the usual place.
        unusual: That of the unusual one.
    """

    label: int
    source: int
    cutout: Cutout
    frame: int
    usual: int
    unusual: int


def plan_pastings(
    frames: Frames, usual: np.ndarray, number: int, seed: int = 0
) -> tuple[list[Pasting], dict[int, int]]:
    """Choose objects, and two places for each.

    Whole objects of frames in random order; columns of a random frame, where it would stand on the
    class that it stands on in its own frame. A place is usual where all classes of its usual
    company are beside it, and unusual where one is missing. Both are in one frame, so that light
    and weather are the same.

    Args:
        frames: The test set.
        usual: Usual company in training, bool (C, C), rows the class of the objects.
        number: How many objects of each class, at most.
        seed: Seed of all draws.

    Returns:
        The pastings; and by class how many objects were looked at that have no such two places.

    Source: our decision.
    """
    rng = np.random.default_rng(seed)
    read = lru_cache(_KEPT_FRAMES)(frames.__getitem__)
    planned: list[Pasting] = []
    without = dict.fromkeys(frames.things, 0)
    wanted = {label for label in frames.things if usual[label].any()}
    for index in rng.permutation(len(frames)).tolist():
        if not wanted:
            break
        frame = read(index)
        for found in find_whole_objects(
            frame.labels, frame.instances, sorted(wanted), frames.things, frames.min_pixels
        ):
            places = _places(frame, found.cutout, usual[found.label], read, len(frames), rng)
            if places:
                planned.append(Pasting(found.label, index, found.cutout, *places))
            else:
                without[found.label] += 1
        counts = np.bincount([each.label for each in planned], minlength=len(usual))
        wanted -= {label for label in wanted if max(counts[label], without[label]) >= number}
    return planned, without


def _places(
    frame: Frame,
    cutout: Cutout,
    usual: np.ndarray,
    read: Callable[[int], Frame],
    count: int,
    rng: np.random.Generator,
) -> tuple[int, int, int] | None:
    """Find a frame with a usual and an unusual place for an object, and the two columns."""
    ground = _ground(frame.labels, cutout)
    for index in rng.integers(count, size=_FRAMES_TRIED).tolist():
        labels = read(index).labels
        if labels.shape != frame.labels.shape:
            continue
        found: dict[bool, int] = {}
        columns = rng.integers(labels.shape[1] - cutout.mask.shape[1] + 1, size=_COLUMNS_TRIED)
        for left in columns.tolist():
            if _ground(labels, cutout._replace(left=left)) != ground:
                continue
            ring = ring_counts(labels, cutout.mask, cutout.top, left)[: len(usual)]
            is_usual = bool((ring_shares(ring) > RING_SHARE)[usual].all())
            found.setdefault(is_usual, left)
        if len(found) == 2:
            return index, found[True], found[False]
    return None


def _ground(labels: np.ndarray, cutout: Cutout) -> int:
    """Return the most common label in the row below an object."""
    height, width = cutout.mask.shape
    row = min(cutout.top + height, labels.shape[0] - 1)
    return int(np.bincount(labels[row, cutout.left : cutout.left + width]).argmax())


def pasted_image(frames: Frames, pasting: Pasting, left: int) -> np.ndarray:
    """Return the image of the frame with the object at a column, uint8 (H, W, 3), BGR."""
    top, own_left, mask = pasting.cutout
    height, width = mask.shape
    own = frames[pasting.source].image()[top : top + height, own_left : own_left + width]
    image = frames[pasting.frame].image()
    image[top : top + height, left : left + width][mask] = own[mask]
    return image


def predicted_pastings(frames: Frames, pastings: list[Pasting], predictor: Predictor) -> np.ndarray:
    """Count as what every object is predicted in its usual and in its unusual place.

    Returns:
        Pixels by predicted class, int64 (M, 2, C).
    """
    rows = []
    for pasting in progress(pastings, 'paste test'):
        top, _, mask = pasting.cutout
        rows.append([
            count_classes(
                predictor(pasted_image(frames, pasting, left)).classes,
                top, left, mask, len(frames.classes),
            )
            for left in (pasting.usual, pasting.unusual)
        ])  # fmt: skip
    return np.array(rows, np.int64).reshape(-1, 2, len(frames.classes))
