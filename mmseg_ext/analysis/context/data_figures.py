"""The context of a data set as plain values, in percent, without a model."""

from typing import Any

import numpy as np

from mmseg_ext.analysis.context.survey import Survey
from mmseg_ext.evaluation.context.company import company_shares, lacks_company, usual_company


def data_figures(train: Survey, test: Survey) -> dict[str, Any]:
    """Describe the company of every class of objects, in training and in the test set.

    Args:
        train: The objects of the training images, which say what is usual.
        test: Those of the test images.

    Returns:
        ``train`` and ``test`` with images and objects by class; ``company``, of every class of
        objects the share of its objects that have each other class beside them; ``outside``, of
        every class its usual company and the objects that lack a class of it.
    """
    classes = train.table.classes
    shares = [company_shares(each.table) for each in (train, test)]
    usual = usual_company(shares[0])
    return {
        **{
            name: {'images': each.images, 'objects': _by_class(_objects(each), classes)}
            for name, each in (('train', train), ('test', test))
        },
        'company': {
            classes[label]: {
                classes[other]: {
                    'train': _percent(shares[0][label, other]),
                    'test': _percent(shares[1][label, other]),
                    'usual': bool(usual[label, other]),
                }
                for other in range(len(classes))
                if shares[0][label, other] > 0 or shares[1][label, other] > 0
            }
            for label in np.flatnonzero(_objects(train) + _objects(test))
        },
        'outside': {
            classes[label]: {
                'usual': [classes[other] for other in np.flatnonzero(usual[label])],
                'train': _outside(train, usual, label),
                'test': _outside(test, usual, label),
            }
            for label in np.flatnonzero(_objects(train)).tolist()
        },
    }


def _objects(survey: Survey) -> np.ndarray:
    return np.bincount(survey.table.labels, minlength=len(survey.table.classes))


def _by_class(counts: np.ndarray, classes: tuple[str, ...]) -> dict[str, int]:
    return {classes[label]: int(counts[label]) for label in np.flatnonzero(counts)}


def _outside(survey: Survey, usual: np.ndarray, label: int) -> dict[str, Any]:
    own = survey.table.labels == label
    outside = int(lacks_company(survey.table, usual)[own].sum())
    return {'objects': outside, 'share': _percent(outside / own.sum()) if own.any() else None}


def _percent(fraction: float) -> float | None:
    return None if np.isnan(fraction) else 100 * float(fraction)
