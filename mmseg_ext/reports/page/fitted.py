"""What was fitted of a model after its training: where, and what it was expected to change."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from mmseg_ext.common.printable import printable
from mmseg_ext.reports.page.axis import Axis
from mmseg_ext.reports.page.change import Change, change_of

_MEANS = {
    'mIoU': 'mIoU',
    'tail_mIoU': 'mean of the tail',
    'mAcc': 'mean accuracy',
    'aAcc': 'pixel accuracy',
}


class Gain(NamedTuple):
    """A score before and after; fractions, with the 95 % interval of the change."""

    name: str
    before: float
    after: float
    ends: np.ndarray
    change: Change


class Fitted(NamedTuple):
    """One thing that was fitted.

    Attributes:
        heading: What it is called.
        sentence: Where and how it was fitted.
        axis: Of the changes.
        means: Those of means.
        classes: Those of the IoUs of classes; empty where they are not known.
    """

    heading: str
    sentence: str
    axis: Axis
    means: list[Gain]
    classes: list[Gain]


def fitted_parts(metadata: Mapping[str, Any]) -> list[Fitted]:
    """Return what the metadata of an evaluation tell of a calibration and a refit.

    Args:
        metadata: Its `calibration` and `refit` are the records of those commands.

    Raises:
        KeyError: A record lacks what such a record has; ValueError and TypeError likewise.
    """
    parts = []
    if record := metadata.get('refit'):
        for variant, gains in record['expected'].items():
            parts.append(_part(f'Last layer fitted anew ({variant})', _refit(record), gains, {}))
    if record := metadata.get('calibration'):
        classes = dict(zip(record['classes'], record['expected_iou'], strict=True))
        parts.append(
            _part('Decisions calibrated', _calibration(record), record['expected'], classes)
        )
    return parts


def _calibration(record: Mapping[str, Any]) -> str:
    frames, folds = record['frames'], record['folds']
    return (
        f'Fitted on {frames} frames of {record["dataset"]} {record["split"]} for '
        f'{record["objective"]}: a number is added to the logits of each class. {_folds(folds)} '
        f'Intervals: {record["intervals"]}.'
    )


def _refit(record: Mapping[str, Any]) -> str:
    return (
        f'Fitted on {record["pixels"]} pixels of {record["dataset"]} {record["split"]}. '
        f'{_folds(record["folds"])} Intervals: {record["intervals"]}.'
    )


def _folds(folds: int) -> str:
    return (
        f'Before and after are of frames there that were left out of the fit ({folds} folds), '
        'so they are no figures of the images of this report.'
    )


def _part(
    heading: str, sentence: str, means: Mapping[str, Any], classes: Mapping[str, Any]
) -> Fitted:
    shown = {label: means[name] for name, label in _MEANS.items() if name in means}
    known = [*shown.values(), *classes.values()]
    ends = [end for gain in known for end in _ends(gain)]
    axis = Axis.over(ends, zero=True)
    return Fitted(
        printable(heading),
        printable(sentence),
        axis,
        [_gain(axis, name, gain) for name, gain in shown.items()],
        [_gain(axis, name, gain) for name, gain in classes.items()],
    )


def _gain(axis: Axis, name: str, gain: Mapping[str, Any]) -> Gain:
    before, after, ends = _number(gain['before']), _number(gain['after']), _ends(gain)
    beyond = bool(ends[0] > 0 or ends[1] < 0)
    return Gain(name, before, after, ends, change_of(axis, after - before, ends, beyond))


def _ends(gain: Mapping[str, Any]) -> np.ndarray:
    return np.array([_number(gain['low']), _number(gain['high'])])


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)
