"""Says in few words which names a checkpoint has: by their beginnings, with counts."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

_MOST = 8


class Place(NamedTuple):
    """A part of a checkpoint: what a state dict in it has behind a prefix.

    Attributes:
        container: The key of the state dict, '' where the checkpoint itself is one.
        prefix: What stands before the part's own names, with its dot; '' for nothing.
    """

    container: str
    prefix: str

    def __str__(self) -> str:
        """For messages."""
        inside = f' in {self.container!r}' if self.container else ''
        return f'{self.prefix or "bare names"}{inside}'


def listed(parts: Iterable[object], joint: str = ', ') -> str:
    """Join the first parts of a list, and tell how many more there are."""
    words = [str(part) for part in parts]
    more = [f'{len(words) - _MOST} more'] if len(words) > _MOST else []
    return joint.join(words[:_MOST] + more)


def grouped(names: Mapping[str, Iterable[str]], known: Iterable[Place] = ()) -> dict[Place, int]:
    """Count names by their beginnings, the most frequent first.

    Args:
        names: Of each state dict by its container.
        known: Prefixes of which all names are one group. The others are grouped by their first
            part, and that behind `module.`, which wrappers put before all.

    Example:
        >>> grouped({'': ['module.fc.0.bias', 'module.fc.2.bias', 'queue']})
        {Place(container='', prefix='module.fc.'): 2, Place(container='', prefix='queue'): 1}
    """
    prefixes = sorted(known, key=lambda place: -len(place.prefix))
    counts = Counter(
        next((at for at in prefixes if at.container == inside and name.startswith(at.prefix)), None)
        or Place(inside, _beginning(name))
        for inside, each in names.items()
        for name in each
    )
    return dict(counts.most_common())


def begins(names: Mapping[str, Iterable[str]]) -> str:
    """Say how the names begin, and how many do."""
    return listed(f'{count} of {place}' for place, count in grouped(names).items()) or 'none'


def _beginning(name: str) -> str:
    wrapper = 'module.' if name.startswith('module.') else ''
    first, dot, _ = name.removeprefix(wrapper).partition('.')
    return f'{wrapper}{first}{dot}'
