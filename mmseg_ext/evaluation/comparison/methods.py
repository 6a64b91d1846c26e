"""A method as the evaluations of its trainings, and whether two can be compared at all."""

import itertools
import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mmseg_ext.common.errors import DataError
from mmseg_ext.evaluation.evaluation import Evaluation
from mmseg_ext.evaluation.named_data import data_of

_EXAMPLES = 3


@dataclass(frozen=True)
class Method:
    """Evaluations of one method on the same images, one a seed.

    Attributes:
        name: What tables call it.
        runs: At least one.
    """

    name: str
    runs: tuple[Evaluation, ...]


@dataclass(frozen=True)
class AlignedCounts:
    """The counts of a method's runs, all methods' images in the same order.

    Attributes:
        matrices: Confusion matrices, int64, shape (S, N, C, C).
        boundary: Boundary counts, int64, shape (S, N, K, C), where all runs of
            all methods have them with the same settings.
    """

    matrices: np.ndarray
    boundary: np.ndarray | None


def align(methods: Sequence[Method]) -> list[AlignedCounts]:
    """Bring the images of all evaluations into the order of the first one.

    Returns:
        list[AlignedCounts]: For each method the counts of its runs.

    Raises:
        DataError: If two evaluations differ in classes, images or labels, or two of a method are of
            the same model or of trainings with the same seed; the message names the difference.
    """
    first = methods[0].runs[0]
    settings = [run.boundary_settings for method in methods for run in method.runs]
    same_boundary = first.boundary is not None and all(s == settings[0] for s in settings)
    aligned = []
    for method in methods:
        orders = [_order_of(first, run, (methods[0].name, method.name)) for run in method.runs]
        ordered = list(zip(method.runs, orders, strict=True))
        matrices = [run.matrices[order] for run, order in ordered]
        for one, other in itertools.combinations(matrices, 2):
            if np.array_equal(one, other):
                raise DataError(
                    f'{method.name}: two of its runs have the same predictions; give runs of '
                    'different seeds, since copies would hide the spread between seeds'
                )
        _check_seeds(method)
        boundary = [run.boundary[order] for run, order in ordered if run.boundary is not None]
        aligned.append(
            AlignedCounts(np.stack(matrices), np.stack(boundary) if same_boundary else None)
        )
    return aligned


def _check_seeds(method: Method) -> None:
    known = [
        (run.metadata.get('config_text'), run.metadata.get('training_seed')) for run in method.runs
    ]
    for each in known:
        if None not in each and known.count(each) > 1:
            raise DataError(
                f'{method.name}: two of its runs are of one config and training seed {each[1]}, '
                'which does not tell the spread between seeds; give trainings of different seeds'
            )


def check_classes(first: Evaluation, other: Evaluation, names: tuple[str, str]) -> None:
    """Raise a DataError that names the difference if two evaluations differ in their classes."""
    for here, there, (name, other_name) in (
        (first, other, names),
        (other, first, names[::-1]),
    ):
        lacking = [c for c in here.classes if c not in there.classes]
        if lacking:
            raise DataError(f'other classes: {name} has {_some(lacking)}, which {other_name} lacks')
    if first.classes != other.classes:
        raise DataError(f'{names[0]} and {names[1]} have the same classes in another order')


def _order_of(first: Evaluation, other: Evaluation, names: tuple[str, str]) -> np.ndarray:
    check_classes(first, other, names)
    for run, name in ((first, names[0]), (other, names[1])):
        if len(set(run.images)) < len(run.images):
            raise DataError(f'{name}: an image was evaluated twice, so images cannot be paired')
    data = [data_of(run) or 'unnamed data' for run in (first, other)]
    wanted, given = _keys(first, other)
    for here, there, (name, other_name) in (
        (wanted, given, names),
        (given, wanted, names[::-1]),
    ):
        lacking = sorted(here[key] for key in here.keys() - there.keys())
        if lacking:
            raise DataError(
                f'other images: {name} was evaluated on {_some(lacking)}, {other_name} was not '
                f'({names[0]}: {len(first.images)} images of {data[0]}, '
                f'{names[1]}: {len(other.images)} of {data[1]})'
            )
    places = {key: place for place, key in enumerate(given)}
    order = np.array([places[key] for key in wanted])
    matrices = other.matrices[order]
    differing = np.argwhere(matrices.sum(2) != first.matrices.sum(2))
    if len(differing):
        image, label = differing[0]
        pixels = [int(m[image].sum(1)[label]) for m in (first.matrices, matrices)]
        raise DataError(
            f'other labels: in {first.images[image]}, {first.classes[label]} has {pixels[0]} '
            f'labelled pixels in {names[0]} ({data[0]}) and {pixels[1]} in {names[1]} ({data[1]}); '
            'compare evaluations of the same data at the same size'
        )
    return order


def _keys(first: Evaluation, other: Evaluation) -> tuple[dict[str, str], dict[str, str]]:
    """Return the images of two evaluations in order, by what they are paired by.

    That is the name without suffix, where it tells all of them apart: scored predictions are PNG,
    whatever the images are.
    """
    plain = [[os.path.splitext(image)[0] for image in run.images] for run in (first, other)]
    if any(len(set(each)) < len(each) for each in plain):
        plain = [list(first.images), list(other.images)]
    wanted, given = (
        dict(zip(each, run.images, strict=True))
        for each, run in zip(plain, (first, other), strict=True)
    )
    return wanted, given


def _some(names: Sequence[str]) -> str:
    shown = ', '.join(names[:_EXAMPLES])
    return shown if len(names) <= _EXAMPLES else f'{shown} and {len(names) - _EXAMPLES} more'
