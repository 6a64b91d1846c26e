"""The company that the objects of a class usually have, and who stands outside of it."""

import numpy as np

from mmseg_ext.evaluation.context.objects import ObjectTable

USUAL = 0.75
"""Share of the objects of a class beside which another class must be, to be its usual company."""


def company_shares(table: ObjectTable) -> np.ndarray:
    """Return the share of the objects of class a that have class s beside them.

    Returns:
        float64 (C, C), rows a; NaN for a class without an object.
    """
    count = len(table.classes)
    sums = np.zeros((count, count))
    np.add.at(sums, table.labels, table.beside)
    objects = np.bincount(table.labels, minlength=count)[:, None]
    with np.errstate(invalid='ignore'):
        return sums / objects


def usual_company(shares: np.ndarray) -> np.ndarray:
    """Return which classes are beside at least three quarters of the objects of each class.

    Args:
        shares: Of :func:`company_shares`, of the training images.

    Returns:
        bool (C, C), rows the class of the objects.

    Source: our decision.
    """
    with np.errstate(invalid='ignore'):
        return shares >= USUAL


def lacks_company(table: ObjectTable, usual: np.ndarray) -> np.ndarray:
    """Return which objects lack one of the classes of their usual company.

    Args:
        table: The objects.
        usual: Of :func:`usual_company`.

    Returns:
        bool (N,).
    """
    return (usual[table.labels] & ~table.beside).any(1)
