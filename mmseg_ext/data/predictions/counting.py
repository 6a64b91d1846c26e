"""Counts predictions of any model, file by file, on all cores."""

from collections.abc import Sequence
from functools import partial

import numpy as np

from mmseg_ext.common.errors import DataError
from mmseg_ext.common.parallel import run_parallel
from mmseg_ext.data.predictions.files import Pair
from mmseg_ext.data.predictions.scheme import Scheme
from mmseg_ext.data.reading.readers import IGNORE_INDEX
from mmseg_ext.evaluation.boundary_quality import BoundaryQuality
from mmseg_ext.evaluation.counting import count_image
from mmseg_ext.evaluation.image_counts import ImageCounts


def count_pairs(
    pairs: Sequence[Pair],
    scheme: Scheme,
    boundary: BoundaryQuality | None = None,
    workers: int | None = None,
) -> list[ImageCounts]:
    """Read and count every pair; no more than one of each process is in memory.

    Args:
        pairs: Predictions and label files.
        scheme: How they are read.
        boundary: Also counts boundary quality.
        workers: Processes, without effect on what is counted; all cores where None.

    Returns:
        The counts in the order of the pairs.

    Raises:
        DataError: Files are unreadable, hold other values than those of the classes, or differ in
            size from their partners; it lists all problems.
    """
    count = partial(_count, scheme=scheme, boundary=boundary)
    results = run_parallel(count, pairs, 'counting', workers=workers)
    problems = [result for result in results if isinstance(result, str)]
    if problems:
        raise DataError('\n  '.join([f'{len(problems)} of {len(pairs)} pairs are bad:', *problems]))
    return [result for result in results if isinstance(result, ImageCounts)]


def read_pair(pair: Pair, scheme: Scheme) -> tuple[np.ndarray, np.ndarray]:
    """Read a prediction and its labels.

    Returns:
        Ids of classes of each, uint8 (H, W), 255 where the labels are ignored.

    Raises:
        DataError: As of :func:`count_pairs`.
    """
    pred, label = scheme.read_predicted(pair.predicted), scheme.read_labels(pair.label)
    if pred.shape != label.shape:
        raise DataError(
            f'{pair.predicted}: {_size(pred)} pixels, but its label file {pair.label} is '
            f'{_size(label)} (width x height); predictions are scored at the size of the labels'
        )
    return pred, label


def _count(pair: Pair, scheme: Scheme, boundary: BoundaryQuality | None) -> ImageCounts | str:
    """Count a pair; or say what is wrong with it."""
    try:
        pred, label = read_pair(pair, scheme)
    except DataError as error:
        return str(error)
    classes = len(scheme.metainfo['classes'])
    return count_image(pair.image, pred, label, classes, IGNORE_INDEX, boundary)


def _size(ids: np.ndarray) -> str:
    return f'{ids.shape[1]}x{ids.shape[0]}'
