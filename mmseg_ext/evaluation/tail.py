"""Which classes are the tail: the rare ones, whose mean IoU a mean over all classes hides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mmseg_ext.common.class_names import check_names, check_shares

TAIL_BELOW = 2.5


@dataclass(frozen=True)
class Tail:
    """The rare classes of a data set.

    Attributes:
        classes: Their names, in the order of the data set.
        rule: Why these, in words.
    """

    classes: tuple[str, ...]
    rule: str


def choose_tail(
    classes: Sequence[str],
    named: Sequence[str] | None = None,
    below: float = TAIL_BELOW,
    train_shares: Mapping[str, float] | None = None,
) -> Tail | None:
    """Choose the tail by name, or by the share of the *training* pixels.

    What is rare is decided by what the model saw, not by the images that it is tested on.

    Args:
        classes: All class names.
        named: The tail as a list of names; goes before the shares.
        below: Else the classes with less than this percentage of the training pixels.
        train_shares: Percentage of the labelled training pixels
            of every class, as in the ``train_shares`` of a data set's metainfo.

    Returns:
        Tail | None: None where neither names nor shares are known, or where no class is rare
        enough.

    Raises:
        ConfigError: If a name is not a class, or shares are given, but not of every class.

    Source: our decision. 2.5 % separates the objects and thin structures of CamVid and ToyStreets
    from surfaces and cars.
    """
    if named is not None:
        check_names('tail_classes', named, classes)
        chosen = tuple(name for name in classes if name in named)
        rule = 'named in the config'
    elif train_shares is not None:
        check_shares(train_shares, classes)
        chosen = tuple(name for name in classes if train_shares[name] < below)
        rule = f'less than {below:g} % of the training pixels'
    else:
        return None
    return Tail(chosen, rule) if chosen else None
