"""The shares of the classes of the training pixels, and weights that follow from them."""

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
        ConfigError: As of :func:`shares_of_data_set`.
    """
    return weights_of_shares(shares_of_data_set(dataset, 'weights'), power)


def shares_of_data_set(dataset: str | None, wanted: str) -> list[float]:
    """Return the shares of the classes of a registered data set, in percent; no data are read.

    Args:
        dataset: The registered name, such as 'CamVidDataset'.
        wanted: What follows from them, and may be given in numbers instead, for the message.

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
            f'the METAINFO of {dataset} has no train_shares; give the {wanted} in numbers, which '
            '`mmseg-debias check-data CONFIG` prints for the training labels of a config'
        )
    check_shares(shares, classes)
    none = [name for name in classes if not shares[name]]
    if none:
        raise ConfigError(
            f'the METAINFO of {dataset} has a share of 0 for {", ".join(map(repr, none))}, from '
            f'which no {wanted} follow; give the {wanted} in numbers'
        )
    return [shares[name] for name in classes]
