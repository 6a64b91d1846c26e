"""Pixels of frames with their features, and of copies of these frames in other styles."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmseg_ext.calibration.driver.fit_data import labels_of
from mmseg_ext.calibration.driver.frozen_features import FrozenFeatures
from mmseg_ext.calibration.refit import StyleMoments
from mmseg_ext.common.errors import DataError

# Features in float32: enough for the weights of a class, and a fit takes seconds.
_MOST_VALUES = 10_000_000


@dataclass(frozen=True)
class FrozenPixels:
    """Labelled pixels of F frames.

    Attributes:
        features: float32, shape (N, D).
        labels: Class ids, int64, shape (N,).
        frames: Frame of each pixel, int64, shape (N,).
        places: Of each frame, where its pixels are in the flattened image.
        paths: Image file of each frame.
    """

    features: np.ndarray
    labels: np.ndarray
    frames: np.ndarray
    places: list[np.ndarray]
    paths: list[str]


def read_pixels(
    model: Any, frozen: FrozenFeatures, batches: Iterable, count: int, seed: int
) -> FrozenPixels:
    """Draw equally many labelled pixels of each frame, all where it has no more.

    Args:
        model: The segmentor.
        frozen: Its features.
        batches: One frame each.
        count: How many frames there will be.
        seed: Of the draws; those of a frame follow from the seed and its number alone.

    Raises:
        DataError: A frame has no labels, a label is no class, or no frame has a labelled pixel.
    """
    most = max(1, _MOST_VALUES // frozen.channels // count)
    features, labels, places, paths = [], [], [], []
    for number, batch in enumerate(batches):
        data = model.data_preprocessor(batch, False)
        (frame,) = data['data_samples']
        ids = labels_of(frame).flatten().cpu().numpy().astype(np.int64)
        labelled = np.flatnonzero(ids != frozen.ignore_index)
        wrong = np.setdiff1d(ids[labelled], np.arange(frozen.classes))
        if len(wrong):
            raise DataError(
                f'{frame.img_path}: label ids {wrong.tolist()} outside 0..{frozen.classes - 1}'
            )
        random = np.random.default_rng([seed, number])
        chosen = np.sort(random.choice(labelled, min(most, len(labelled)), replace=False))
        features.append(frozen.at(data['inputs'], frame, chosen))
        labels.append(ids[chosen])
        places.append(chosen)
        paths.append(frame.img_path)
    if not sum(map(len, labels)):
        raise DataError(f'none of the {len(paths)} frames has a labelled pixel')
    frames = np.repeat(np.arange(len(labels)), [len(each) for each in labels])
    return FrozenPixels(np.concatenate(features), np.concatenate(labels), frames, places, paths)


def moments_of_folds(
    model: Any,
    frozen: FrozenFeatures,
    copies: Iterable[tuple],
    pixels: FrozenPixels,
    folds: np.ndarray,
) -> list[StyleMoments]:
    """Sum up what styles change in the features, for each fold of frames.

    Args:
        model: The segmentor.
        frozen: Its features.
        copies: For each frame, a batch of it in each style.
        pixels: Those of the frames as they are.
        folds: Fold of each frame, int64, shape (F,).
    """
    moments = [StyleMoments(frozen.channels) for _ in range(folds.max() + 1)]
    for number, styles in enumerate(copies):
        styled = []
        for batch in styles:
            data = model.data_preprocessor(batch, False)
            (frame,) = data['data_samples']
            styled.append(frozen.at(data['inputs'], frame, pixels.places[number]))
        plain = pixels.features[pixels.frames == number]
        moments[folds[number]].add(plain, np.stack(styled))
    return moments
