"""What `report.json` must hold: it may be of another program, altered, or cut short.

Everything that this package reads of it is checked, and every number that it holds must be one.
"""

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from mmseg_ext.evaluation.boundary_quality import BoundaryQuality
from mmseg_ext.evaluation.drives import compile_pattern
from mmseg_ext.reports.packed_arrays import unpack

_DEPTH = 32
_SHOWN = 60
# Sums of up to as many pixels are exact in float64, as the intervals take them.
_MOST_PIXELS = 2**53
_TEXTS = ('created', 'command', 'config', 'config_text', 'checkpoint', 'checkpoint_sha256',
          'predictions', 'device')  # fmt: skip
_NUMBERS = ('training_seed', 'seed')


def check_content(content: dict[str, Any]) -> None:
    """Check all fields but the counts, which :func:`read_counts` checks.

    Args:
        content: A report of a version that this package reads.

    Raises:
        ValueError: A field is missing or is not what it must be; the message names it.
        ConfigError: The boundary settings are none, or the pattern of drives is no such.
    """
    _require_finite(content)
    classes = _names('classes', _field(content, 'classes'))
    _require_unique('classes', classes)
    # An image may be there twice: a data set may repeat it. A comparison refuses that.
    _names('images', _field(content, 'images'))
    _require(_is_whole(_field(content, 'ignore_index')), 'ignore_index', content['ignore_index'],
             'a whole number')  # fmt: skip
    _check_palette(_field(content, 'palette'), len(classes))
    _check_shares(_field(content, 'train_shares'))
    _check_tail(_field(content, 'tail'), classes)
    _check_metadata(_object('metadata', _field(content, 'metadata')))
    if 'resampled' in content:
        # A list takes it from the file.
        read_interval('mIoU', _field(content, 'intervals_95'))
    if content.get('drive_pattern') is not None:
        compile_pattern(content['drive_pattern'], 'drive_pattern')
    _object('matrices', _field(content, 'matrices'))
    if _field(content, 'boundary') is not None:
        boundary = _object('boundary', content['boundary'])
        _object('boundary.counts', _field(boundary, 'counts', 'boundary.'))
        _object('boundary.settings', _field(boundary, 'settings', 'boundary.'))
    if content.get('reliability') is not None:
        sure = _object('reliability', content['reliability'])
        _object('reliability.counts', _field(sure, 'counts', 'reliability.'))
        scales = _field(sure, 'scales', 'reliability.')
        good = isinstance(scales, list) and scales and all(map(_is_positive, scales))
        _require(bool(good), 'reliability.scales', scales, 'a list of numbers above 0')
        _require(len(set(scales)) == len(scales), 'reliability.scales', scales, 'each once')


def read_counts(field: str, packed: dict[str, Any], shape: tuple[int, ...]) -> np.ndarray:
    """Unpack counts of pixels.

    Args:
        field: What errors call them.
        packed: Of :func:`~mmseg_ext.reports.packed_arrays.pack`.
        shape: What the other fields say it must be.

    Returns:
        np.ndarray: int64, of that shape.

    Raises:
        ValueError: They are broken, of another shape, negative, or too many to be added up.
    """
    for key in ('dtype', 'shape', 'zlib_base64'):
        _field(packed, key, f'{field}.')
    _require(packed['shape'] == list(shape), f'{field}.shape', packed['shape'],
             f'{list(shape)}, as the other fields say')  # fmt: skip
    try:
        counts = unpack(packed)
    except ValueError as error:
        raise ValueError(f'{field}: {error}') from error
    if counts.min() < 0:
        place = tuple(int(i) for i in np.argwhere(counts < 0)[0])
        raise ValueError(f'{field}: {counts[place]} pixels at {list(place)}')
    if counts.sum(dtype=np.float64) >= _MOST_PIXELS:
        raise ValueError(f'{field}: more than {_MOST_PIXELS:.0e} pixels, which cannot be added up')
    return counts


def read_interval(name: str, intervals: Any) -> np.ndarray:
    """Read an interval of a report.

    Args:
        name: Of the score.
        intervals: The report's `intervals_95`: of each score both ends in percent, or None.

    Returns:
        The ends, fractions, shape (2,); NaN where the score has no interval.

    Raises:
        ValueError: It is none.
    """
    ends = _object('intervals_95', intervals).get(name)
    if ends is None:
        return np.full(2, np.nan)
    good = isinstance(ends, list) and len(ends) == 2 and all(map(_is_share, ends))
    _require(good, f'intervals_95.{name}', ends, 'two percentages')
    return np.array(ends, np.float64) / 100


def check_boundary_counts(counts: np.ndarray, quality: BoundaryQuality) -> None:
    """Check that no part of the boundary counts is more than its whole.

    Args:
        counts: int64, shape (N, K, C).
        quality: What they were counted with.

    Raises:
        ValueError: One is.
    """
    of_iou = [(row, row + other) for row in range(0, quality.rows - 4, 3) for other in (1, 2)]
    matched = [(quality.rows - 4, quality.rows - 3), (quality.rows - 2, quality.rows - 1)]
    for part, whole in of_iou + matched:
        if (counts[:, part] > counts[:, whole]).any():
            raise ValueError(
                f'boundary.counts: row {part} has more pixels than row {whole}, which it is part of'
            )


def check_reliability(counts: np.ndarray, matrices: np.ndarray) -> None:
    """Check that counts of reliability are of the same pixels as the confusion matrices.

    Args:
        counts: int64, shape (N, S, 3, C, B).
        matrices: int64, shape (N, C, C).

    Raises:
        ValueError: They are not.
    """
    called, right = counts[:, :, :2].sum(-1).transpose(2, 1, 0, 3)
    hits = np.diagonal(matrices, axis1=1, axis2=2)
    if (called != matrices.sum(1)).any() or (right != hits).any():
        raise ValueError('reliability.counts: other pixels than the matrices have')


def _require(holds: bool, field: str, value: object, needed: str) -> None:
    if not holds:
        shown = repr(value)
        shown = shown if len(shown) <= _SHOWN else f'{shown[:_SHOWN]}…'
        raise ValueError(f'{field}: {shown} instead of {needed}')


def _field(content: dict[str, Any], name: str, above: str = '') -> Any:
    if name not in content:
        raise ValueError(f'{above}{name}: missing')
    return content[name]


def _object(field: str, value: Any) -> dict[str, Any]:
    _require(isinstance(value, dict), field, value, 'an object')
    return value


def _names(field: str, value: Any) -> list[str]:
    _require(isinstance(value, list) and len(value) > 0, field, value, 'a list of names')
    for place, name in enumerate(value):
        _require(isinstance(name, str), f'{field}[{place}]', name, 'a name')
    return value


def _require_unique(field: str, names: list[str]) -> None:
    seen: set[str] = set()
    for place, name in enumerate(names):
        _require(name not in seen, f'{field}[{place}]', name, 'a name that is not there yet')
        seen.add(name)


def _is_whole(value: Any) -> bool:
    return type(value) is int and -(2**63) <= value < 2**63


def _is_positive(value: Any) -> bool:
    return type(value) in (int, float) and value > 0


def _is_share(value: Any) -> bool:
    return type(value) in (int, float) and 0 <= value <= 100


def _check_palette(palette: Any, classes: int) -> None:
    if palette is None:
        return
    _require(isinstance(palette, list) and len(palette) >= classes, 'palette', palette,
             f'a list of {classes} colours')  # fmt: skip
    for place, colour in enumerate(palette):
        holds = isinstance(colour, list) and len(colour) == 3
        holds = holds and all(type(value) is int and 0 <= value <= 255 for value in colour)
        _require(holds, f'palette[{place}]', colour, 'three whole numbers from 0 to 255')


def _check_shares(shares: Any) -> None:
    for name, share in _object('train_shares', {} if shares is None else shares).items():
        _require(_is_share(share), f'train_shares.{name}', share, 'a percentage')


def _check_tail(tail: Any, classes: list[str]) -> None:
    if tail is None:
        return
    named = _names('tail.classes', _field(_object('tail', tail), 'classes', 'tail.'))
    _require_unique('tail.classes', named)
    for place, name in enumerate(named):
        _require(name in classes, f'tail.classes[{place}]', name, 'one of the classes')
    rule = _field(tail, 'rule', 'tail.')
    _require(isinstance(rule, str), 'tail.rule', rule, 'a text')


def _check_metadata(metadata: dict[str, Any]) -> None:
    _check_texts('metadata', metadata, _TEXTS)
    for name in _NUMBERS:
        value = metadata.get(name)
        _require(value is None or _is_whole(value), f'metadata.{name}', value, 'a whole number')
    parts = {
        name: _object(f'metadata.{name}', {} if metadata.get(name) is None else metadata[name])
        for name in ('data', 'versions', 'curves')
    }
    _check_texts('metadata.data', parts['data'], ('dataset', 'split', 'root'))
    _check_texts('metadata.versions', parts['versions'], parts['versions'])
    for name, curve in parts['curves'].items():
        _check_curve(f'metadata.curves.{name}', curve)


def _check_texts(field: str, values: dict[str, Any], names: Iterable[str]) -> None:
    for name in names:
        value = values.get(name)
        _require(value is None or isinstance(value, str), f'{field}.{name}', value, 'a text')


def _check_curve(field: str, curve: Any) -> None:
    _require(isinstance(curve, list), field, curve, 'a list of steps and values')
    for place, point in enumerate(curve):
        holds = isinstance(point, list) and len(point) == 2
        holds = holds and all(type(number) in (int, float) for number in point)
        _require(holds, f'{field}[{place}]', point, 'a step and a value')


def _require_finite(content: dict[str, Any]) -> None:
    """Check that every number is finite, also in what is kept as it is and written again."""
    parts: list[tuple[str, Any, int]] = [('', content, 0)]
    # No recursion: a hostile file may be nested as deep as JSON can be read.
    for field, value, depth in parts:
        if depth > _DEPTH:
            raise ValueError(f'{field}: nested deeper than {_DEPTH} levels')
        if isinstance(value, dict):
            dot = '.' if field else ''
            parts += [(f'{field}{dot}{key}', each, depth + 1) for key, each in value.items()]
        elif isinstance(value, list):
            parts += [(f'{field}[{place}]', each, depth + 1) for place, each in enumerate(value)]
        elif isinstance(value, float):
            _require(math.isfinite(value), field, value, 'a number')
        elif isinstance(value, int):
            _require(abs(value) < 2**64, field, value, 'a number of 64 bits')
