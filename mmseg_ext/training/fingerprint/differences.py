"""Says in words what differs between two fingerprints."""

from collections.abc import Iterator, Mapping
from typing import Any

from mmseg_ext.training.fingerprint.parts import PARTS

_SHOWN = 5
_WIDTH = 70
_MISSING = object()


def differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, str]:
    """Return the parts that differ, each with what it was and is.

    Parts that one of the two does not have, being of another version, are not compared.
    """
    return {
        part: _words(part, then[part], now[part])
        for part in PARTS
        if part in then and part in now and then[part] != now[part]
    }


def _words(part: str, then: Any, now: Any) -> str:
    found = list(_compare(then, now, ''))
    shown = [f'{part}{place} was {_short(a)}, is {_short(b)}' for place, a, b in found[:_SHOWN]]
    more = [f'{len(found) - _SHOWN} more'] if len(found) > _SHOWN else []
    return '; '.join(shown + more)


def _compare(then: Any, now: Any, place: str) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(then, dict) and isinstance(now, dict):
        for key in [*then, *(key for key in now if key not in then)]:
            yield from _compare(then.get(key, _MISSING), now.get(key, _MISSING), f'{place}.{key}')
    elif isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        for index, (a, b) in enumerate(zip(then, now, strict=True)):
            yield from _compare(a, b, f'{place}.{index}')
    elif then != now:
        yield place, then, now


def _short(value: Any) -> str:
    if value is _MISSING:
        return 'not given'
    if isinstance(value, list) and all(isinstance(v, dict) and 'type' in v for v in value):
        # A transform more or less: their names tell which.
        text = f'[{", ".join(str(each["type"]) for each in value)}]'
        return text if len(text) <= 4 * _WIDTH else f'{text[: 4 * _WIDTH]}…'
    text = repr(value)
    return text if len(text) <= _WIDTH else f'{text[:_WIDTH]}…'
