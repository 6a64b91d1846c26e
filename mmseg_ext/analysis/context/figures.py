"""The figures of a context report as plain values, in percent: what the JSON file holds."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mmseg_ext.analysis.context.measured import ContextCounts
from mmseg_ext.evaluation.context.by_context import context_splits, context_unfairness
from mmseg_ext.evaluation.context.estimate import Estimate, estimate_ratio
from mmseg_ext.evaluation.context.objects import ObjectTable

FORMAT = 'mmseg_ext context'
VERSION = 1

Figures = dict[tuple[str, ...], Estimate]
"""Estimates by test, class, and what else they are of; fractions."""


def context_figures(
    models: Sequence[ContextCounts], data: Mapping[str, Any], settings: Mapping[str, Any]
) -> dict[str, Any]:
    """Compute every figure of one model, or of two and of their difference.

    Args:
        models: What was measured of none, one or two models, on the same images.
        data: Of :func:`~mmseg_ext.analysis.context.data_figures.data_figures`.
        settings: How they were made, plain values; kept as they are.

    Returns:
        Plain values, percentages and points, None for what there is none of. `models` holds one
        entry a model, `difference` the first minus the second, with paired intervals, or None.
    """
    estimates = [_estimates(each) for each in models]
    return {
        'format': FORMAT,
        'version': VERSION,
        'settings': dict(settings),
        'data': dict(data),
        'models': [
            {
                'name': counts.name,
                'called': _called(counts.table),
                'splits': _splits(counts),
                **_nested(figures),
            }
            for counts, figures in zip(models, estimates, strict=True)
        ],
        'difference': _nested(_difference(*estimates)) if len(models) == 2 else None,
    }


def _estimates(counts: ContextCounts) -> Figures:
    """Estimate what is compared between models."""
    classes = counts.table.classes
    found: Figures = {}
    for split in context_splits(counts.table):
        key = ('recall_gap', classes[split.label], classes[split.context])
        found[key] = split.recall[0].minus(split.recall[1])
    for label in np.unique(counts.table.labels).tolist():
        unfairness = context_unfairness(counts.table, label)
        if not np.isnan(unfairness.value):
            found['unfairness', classes[label]] = unfairness
    for label in np.unique(counts.pasted_labels).tolist():
        for place, estimate in paste_estimates(counts.pasted, counts.pasted_labels, label).items():
            found['paste', classes[label], place] = estimate
    for label in np.unique(counts.removed_labels).tolist():
        own = counts.removed_labels == label
        changed, pixels = counts.removed.changed[own], counts.removed.pixels[own]
        for other in np.flatnonzero(pixels.sum(0)).tolist():
            if other != label:
                found['removal', classes[label], classes[other]] = removal_estimate(
                    changed[..., other], pixels[:, other]
                )
    return found


def paste_estimates(pasted: np.ndarray, labels: np.ndarray, label: int) -> dict[str, Estimate]:
    """Estimate the mean recall of a class in usual and unusual places, and the paired difference.

    Args:
        pasted: Pixels by predicted class in both places, (M, 2, C).
        labels: Class of each object, (M,).
        label: The class.

    Returns:
        By ``usual``, ``unusual`` and ``difference`` (usual minus unusual).
    """
    own = pasted[labels == label]
    recall = own[..., label] / np.maximum(own.sum(-1), 1)
    ones = np.ones(len(own))
    usual, unusual = (estimate_ratio(recall[:, place], ones) for place in (0, 1))
    return {'usual': usual, 'unusual': unusual, 'difference': usual.minus(unusual)}


def removal_estimate(changed: np.ndarray, pixels: np.ndarray) -> Estimate:
    """Estimate which share of a class's pixels change when objects of another class are gone.

    Args:
        changed: Pixels that change in each image, without the objects and with control holes,
            (M, 2).
        pixels: Pixels of the class outside of all holes, (M,).

    Returns:
        The share without the objects less that with the control holes.
    """
    removed, control = (estimate_ratio(changed[:, way], pixels) for way in (0, 1))
    return removed.minus(control)


def _difference(ours: Figures, theirs: Figures) -> Figures:
    return {key: ours[key].minus(theirs[key]) for key in ours if key in theirs}


def _called(table: ObjectTable) -> dict[str, dict[str, float]]:
    """Return as what the pixels of the objects of each class are predicted."""
    return {
        table.classes[label]: _named(table.classes, table.of_class(label).predicted.sum(0))
        for label in np.unique(table.labels).tolist()
    }


def _named(classes: Sequence[str], counts: np.ndarray) -> dict[str, float]:
    """Return the shares of counts that are not 0, in percent, by class."""
    shares = 100 * counts / counts.sum()
    return {classes[at]: float(shares[at]) for at in np.flatnonzero(counts).tolist()}


def _splits(counts: ContextCounts) -> list[dict[str, Any]]:
    classes = counts.table.classes
    return [
        {
            'class': classes[split.label],
            'beside': classes[split.context],
            'objects': list(split.objects),
            'recall': [_plain(each) for each in split.recall],
            'called': [
                {
                    name: 100 * float(share)
                    for name, share in zip(classes, row, strict=True)
                    if share
                }
                for row in split.flips
            ],
            'flip_to': classes[split.flip_to],
            'flip': [_plain(each) for each in split.flip],
        }
        for split in context_splits(counts.table)
    ]


def _nested(figures: Figures) -> dict[str, Any]:
    """Nest estimates by the parts of their keys."""
    nested: dict[str, Any] = {'recall_gap': {}, 'unfairness': {}, 'paste': {}, 'removal': {}}
    for key, estimate in figures.items():
        inside = nested
        for part in key[:-1]:
            inside = inside.setdefault(part, {})
        inside[key[-1]] = _plain(estimate)
    return nested


def _plain(estimate: Estimate) -> dict[str, Any]:
    lower, upper = estimate.interval
    ends = None if np.isnan(lower) else [100 * lower, 100 * upper]
    return {
        'value': None if np.isnan(estimate.value) else 100 * estimate.value,
        'interval_95': ends,
    }
