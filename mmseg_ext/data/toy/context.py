"""The spurious context: who stands by a car in which split."""

from typing import NamedTuple

SPLITS = ('train', 'val', 'shift')
STRENGTH = 0.9


class ContextRule(NamedTuple):
    """The probability of standing by a car, for each kind of walker."""

    cyclist: float
    person: float


def context_rule(split: str, strength: float) -> ContextRule:
    """Return who stands by a car in a split.

    In ``train`` and ``val`` a cyclist does with probability ``strength`` and a person never. In
    ``shift`` no cyclist does, and persons take their places.

    Args:
        split: ``train``, ``val`` or ``shift``.
        strength: Probability, 0 to 1.

    Raises:
        ValueError: For another split or a strength out of range.
    """
    if not 0 <= strength <= 1:
        raise ValueError(f'context_strength must lie in [0, 1], not {strength}')
    if split not in SPLITS:
        raise ValueError(f'split must be one of {", ".join(SPLITS)}, not {split!r}')
    if split == 'shift':
        return ContextRule(cyclist=0.0, person=0.5 * strength)
    return ContextRule(cyclist=strength, person=0.0)
