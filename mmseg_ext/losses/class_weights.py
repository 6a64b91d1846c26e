"""Weights of the classes, from their shares of the training pixels."""

from collections.abc import Sequence

import numpy as np
from mmseg.registry import DATASETS

from mmseg_ext.common.class_names import check_shares
from mmseg_ext.common.errors import ConfigError, nearest


def weights_of_shares(shares: Sequence[float], power: float = 0.5) -> list[float]:
    """Return (median share / share) ** power of each class.

    With 0.5, this is between no weights and SegNet's median frequency balancing, which is 1.

    Args:
        shares: Of the labelled training pixels, in any unit, each above 0.
        power: How much a rare class is favoured, at least 0.

    Source: Eigen and Fergus, arXiv 1411.4734, section 6.3.2, for 1; the power is our decision.
    """
    values = np.asarray(shares, np.float64)
    return ((np.median(values) / values) ** power).tolist()


def weights_of_data_set(dataset: str | None, power: float = 0.5) -> list[float]:
    """Return the weights of the classes of a registered data set; no data are read.

    Args:
        dataset: The registered name, such as 'CamVidDataset'.
        power: As of :func:`weights_of_shares`.

    Raises:
        ConfigError: No such data set is registered, its METAINFO has no ``train_shares``, or a
            class has none, or a share of 0.
    """
    if not dataset:
        raise ConfigError("needs dataset, whose train_shares it takes: dataset='CamVidDataset'")
    found = DATASETS.get(dataset)
    if found is None:
        close = nearest(dataset, DATASETS.module_dict)
        raise ConfigError(f'no data set is called {dataset!r}{close}; it must be registered')
    metainfo = getattr(found, 'METAINFO', {})
    classes, shares = metainfo.get('classes'), metainfo.get('train_shares')
    if not classes or not shares:
        raise ConfigError(
            f'the METAINFO of {dataset} has no train_shares; give the weights in numbers, which '
            '`mmseg-debias check-data CONFIG` prints for the training labels of a config'
        )
    check_shares(shares, classes)
    none = [name for name in classes if not shares[name]]
    if none:
        raise ConfigError(
            f'the METAINFO of {dataset} has a share of 0 for {", ".join(map(repr, none))}, which '
            'no weight follows from; give the weights in numbers'
        )
    return weights_of_shares([shares[name] for name in classes], power)
