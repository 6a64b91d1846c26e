"""Checks of what a config or a data set says by the names of classes."""

from collections.abc import Collection, Iterable, Mapping
from numbers import Real

from mmseg_ext.common.errors import ConfigError, nearest


def check_names(where: str, names: Iterable[str], classes: Collection[str]) -> None:
    """Check that names are those of classes.

    Args:
        where: Where the names stand, for the message.
        names: The names.
        classes: The classes that there are.

    Raises:
        ConfigError: A name is no class; it gives the nearest one.
    """
    for name in names:
        if name not in classes:
            raise ConfigError(f'{where}: no class {name!r}{nearest(str(name), classes)}')


def check_shares(shares: Mapping[str, float], classes: Collection[str]) -> None:
    """Check the ``train_shares`` of a data set: percentages of the labelled training pixels.

    Args:
        shares: The percentage by class name; more classes than asked for may have one.
        classes: The classes that must have one.

    Raises:
        ConfigError: A class has none, a share is no number from 0 to 100, or the shares are
            fractions: all classes would be rare.
    """
    lacking = [name for name in classes if name not in shares]
    for name in shares if lacking else ():
        meant = nearest(str(name), lacking)
        if name not in classes and meant:
            raise ConfigError(f'train_shares: no class {name!r}{meant}')
    if lacking:
        raise ConfigError(
            f'train_shares: no share of {", ".join(map(repr, lacking))}; give the percentage of '
            'the training pixels of every class, which mmseg-debias check-data counts, or none at '
            'all'
        )
    for name, share in shares.items():
        if not isinstance(share, Real) or not 0 <= share <= 100:
            raise ConfigError(f'train_shares: {name}={share!r} is no percentage from 0 to 100')
    if len(shares) > 1 and abs(sum(shares.values()) - 1) < 0.01:
        raise ConfigError('train_shares: they add to 1; give percentages, which add to 100')
