"""Says in words what differs between two fingerprints."""

from collections.abc import Iterator, Mapping
from typing import Any

from mmseg_ext.training.fingerprint.parts import PARTS

# Where in a config the parts are.
_KEYS = dict(
    model='model',
    losses='model',
    sampler='train_dataloader',
    batch_size='train_dataloader.batch_size',
    optimizer='optim_wrapper',
    schedule='param_scheduler',
    max_iters='train_cfg.max_iters',
    max_epochs='train_cfg.max_epochs',
)
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


def settings_before(then: Mapping[str, Any], now: Mapping[str, Any], processes: int) -> list[str]:
    """Return the settings of a config that make what differs as it was, as `--cfg-options`.

    Args:
        then: The fingerprint to come back to.
        now: The other.
        processes: How many train now.

    Returns:
        `KEY=VALUE` each; empty where not all of them are single settings that are known by name.
    """
    found: list[str] = []
    for part in differences(then, now):
        for place, before, _ in _compare(then[part], now[part], ''):
            key, value = f'{_KEYS.get(part, "")}{place}', before
            if part == 'batch_size':
                value, rest = divmod(before, processes)
                value = _MISSING if rest else value
            # mmengine takes these two from elsewhere.
            copied = key.startswith(('model.data_preprocessor', 'optim_wrapper.auto_scale_lr'))
            if part not in _KEYS or copied or not _is_simple(value):
                return []
            found.append(f'{key}={value}')
    return found


def _is_simple(value: Any) -> bool:
    return isinstance(value, (int, float)) or (isinstance(value, str) and value.isidentifier())


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
