"""A method as the evaluations of its trainings, and whether two can be compared at all."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mmseg_ext.errors import DataError
from mmseg_ext.evaluation.evaluation import Evaluation
from mmseg_ext.evaluation.facts import data_of

_EXAMPLES = 3


@dataclass(frozen=True)
class Method:
    """Evaluations of one method on the same images, one a seed.

    Attributes:
        name (str): What tables call it.
        runs (tuple[Evaluation, ...]): At least one.
    """

    name: str
    runs: tuple[Evaluation, ...]


def align(methods: Sequence[Method]) -> list[np.ndarray]:
    """Bring the images of all evaluations into the order of the first one.

    Returns:
        list[np.ndarray]: For each method the matrices of its runs, int64, shape (S, N, C, C).

    Raises:
        DataError: If two evaluations differ in classes, images or labels, or are of the same model;
            the message names the difference.
    """
    first = methods[0].runs[0]
    aligned = []
    for method in methods:
        runs = [_in_order_of(first, run, (methods[0].name, method.name)) for run in method.runs]
        for one, other in itertools.combinations(runs, 2):
            if np.array_equal(one, other):
                raise DataError(
                    f'{method.name}: two of its runs have the same predictions; give runs of '
                    'different seeds, since copies would hide the spread between seeds'
                )
        aligned.append(np.stack(runs))
    return aligned


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


def _in_order_of(first: Evaluation, other: Evaluation, names: tuple[str, str]) -> np.ndarray:
    check_classes(first, other, names)
    for run, name in ((first, names[0]), (other, names[1])):
        if len(set(run.images)) < len(run.images):
            raise DataError(f'{name}: an image was evaluated twice, so images cannot be paired')
    data = [data_of(run) or 'unnamed data' for run in (first, other)]
    for here, there, (name, other_name) in (
        (first, other, names),
        (other, first, names[::-1]),
    ):
        lacking = sorted(set(here.images) - set(there.images))
        if lacking:
            raise DataError(
                f'other images: {name} was evaluated on {_some(lacking)}, {other_name} was not '
                f'({names[0]}: {len(first.images)} images of {data[0]}, '
                f'{names[1]}: {len(other.images)} of {data[1]})'
            )
    places = {image: place for place, image in enumerate(other.images)}
    matrices = other.matrices[[places[image] for image in first.images]]
    differing = np.argwhere(matrices.sum(2) != first.matrices.sum(2))
    if len(differing):
        image, label = differing[0]
        pixels = [int(m[image].sum(1)[label]) for m in (first.matrices, matrices)]
        raise DataError(
            f'other labels: in {first.images[image]}, {first.classes[label]} has {pixels[0]} '
            f'labelled pixels in {names[0]} ({data[0]}) and {pixels[1]} in {names[1]} ({data[1]}); '
            'compare evaluations of the same data at the same size'
        )
    return matrices


def _some(names: Sequence[str]) -> str:
    shown = ', '.join(names[:_EXAMPLES])
    return shown if len(names) <= _EXAMPLES else f'{shown} and {len(names) - _EXAMPLES} more'
