"""`report.json`: an evaluation on disk, complete; docs/reference/report-json.md has the schema."""

import json
import lzma
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from mmseg_ext.common.atomic import atomic_path
from mmseg_ext.common.errors import ConfigError, DataError
from mmseg_ext.common.score_names import score_name
from mmseg_ext.evaluation.boundary_quality import BoundaryQuality
from mmseg_ext.evaluation.drive_patterns import DRIVE_PATTERNS
from mmseg_ext.evaluation.evaluation import Evaluation
from mmseg_ext.evaluation.reliability import BINS, ROWS
from mmseg_ext.evaluation.tail import Tail
from mmseg_ext.reports.packed_arrays import pack
from mmseg_ext.reports.report_checks import (
    check_boundary_counts,
    check_content,
    check_reliability,
    read_counts,
    read_interval,
)

_Read = TypeVar('_Read')

FILE_NAME = 'report.json'
COMPRESSED_NAME = 'report.json.xz'
FILE_NAMES = (FILE_NAME, COMPRESSED_NAME)
FORMAT = 'mmseg_ext report'
VERSION = 1
_LARGEST = 2**29
"""Bytes of a report; a compressed one of more was made to fill the memory."""


def write_evaluation(evaluation: Evaluation, path: Path) -> None:
    """Write an evaluation as JSON; the file appears complete or not at all.

    The figures in it are there to be read by others; :func:`read_evaluation` takes the counts.
    """
    intervals = evaluation.intervals()
    calibration = list(evaluation.calibration_intervals().values())
    content = {
        'format': FORMAT,
        'version': VERSION,
        'metadata': dict(evaluation.metadata),
        'classes': list(evaluation.classes),
        'palette': evaluation.palette,
        'ignore_index': evaluation.ignore_index,
        'train_shares': evaluation.train_shares and dict(evaluation.train_shares),
        'tail': evaluation.tail
        and {'classes': list(evaluation.tail.classes), 'rule': evaluation.tail.rule},
        'drive_pattern': evaluation.drive_pattern,
        'resampled': {
            'units': evaluation.units.kind,
            'number': evaluation.units.count,
            'described': evaluation.units.described,
        },
        'scores': _finite(evaluation.scalars()),
        'intervals_95': {
            'mIoU': _percent(intervals.mean_iou),
            'tail_mIoU': _percent(intervals.tail_iou),
            **{
                score_name('IoU', name): _percent(ends)
                for name, ends in zip(evaluation.classes, intervals.iou.T, strict=True)
            },
            **{name: _percent(ends) for name, ends in evaluation.boundary_intervals().items()},
            **({'ECE': _percent(calibration[0])} if calibration else {}),
        },
        'pixel_shares': dict(
            zip(evaluation.classes, (100 * evaluation.pixel_shares).tolist(), strict=True)
        ),
        'images': list(evaluation.images),
        'matrices': pack(evaluation.matrices),
        'boundary': None
        if evaluation.boundary is None
        else {
            'settings': dict(evaluation.boundary_settings or {}),
            'counts': pack(evaluation.boundary),
        },
        'reliability': None
        if evaluation.reliability is None
        else {
            'scales': list(evaluation.reliability_scales),
            'counts': pack(evaluation.reliability),
        },
    }
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(content, indent=1, allow_nan=False), encoding='utf-8')


def read_evaluation(path: str | Path) -> Evaluation:
    """Read what :func:`write_evaluation` wrote, or the same as `report.json.xz`.

    Raises:
        DataError: If the file is missing, is no report, is of a version that this package does not
            know, or a field of it is not what it must be; names the field.
    """
    return _parsed(path, _evaluation)


def read_headline(path: str | Path) -> tuple[Evaluation, np.ndarray]:
    """Read an evaluation with the 95 % interval of its mIoU, which the file holds.

    Only a file of before it was said what is resampled has none that holds: it is drawn again.

    Returns:
        The evaluation, and the ends of the interval, fractions, shape (2,); NaN where it has none.

    Raises:
        DataError: As of :func:`read_evaluation`.
    """

    def read(content: dict[str, Any]) -> tuple[Evaluation, np.ndarray]:
        evaluation = _evaluation(content)
        if 'resampled' not in content:
            return evaluation, evaluation.intervals().mean_iou
        return evaluation, read_interval('mIoU', content.get('intervals_95'))

    return _parsed(path, read)


def _parsed(path: str | Path, read: Callable[[dict[str, Any]], _Read]) -> _Read:
    path = Path(path)
    try:
        # What is no file, such as a pipe, may never end.
        if path.exists() and not path.is_file():
            raise DataError(f'{path}: not a file')
        content = json.loads(report_text(path))
    except FileNotFoundError:
        raise DataError(f'{path}: no such report') from None
    except (OSError, RecursionError, ValueError, lzma.LZMAError) as error:
        raise DataError(f'{path}: cannot be read as JSON ({error})') from error
    if not isinstance(content, dict) or content.get('format') != FORMAT:
        raise DataError(f'{path}: not a report of mmseg_ext')
    version = content.get('version')
    if type(version) is not int or version != VERSION:
        shown = (
            version if isinstance(version, (int, float, str)) else f'of {type(version).__name__}'
        )
        raise DataError(
            f'{path}: version {shown} of the report format; this package reads version {VERSION}'
        )
    try:
        check_content(content)
        return read(content)
    except (ConfigError, ValueError) as error:
        raise DataError(f'{path}: a broken report, {error}') from error


def report_text(path: Path) -> str:
    """Return the JSON in a `report.json`, compressed or not.

    Raises:
        OSError, ValueError, lzma.LZMAError: It cannot be read, is cut off, or unpacks to more than
            any report.
    """
    if path.suffix != Path(COMPRESSED_NAME).suffix:
        return path.read_text(encoding='utf-8')
    unpacker = lzma.LZMADecompressor()
    data = unpacker.decompress(path.read_bytes(), _LARGEST)
    if not unpacker.eof:
        raise ValueError(f'cut off, or of more than {_LARGEST} bytes')
    return data.decode('utf-8')


def _evaluation(content: dict[str, Any]) -> Evaluation:
    palette, tail, boundary = content['palette'], content['tail'], content['boundary']
    images, classes = len(content['images']), len(content['classes'])
    # Not in reports of before it was measured.
    sure = content.get('reliability')
    scales = tuple(sure['scales']) if sure else ()
    quality = boundary and BoundaryQuality.from_settings(boundary['settings'])
    metadata = content['metadata']
    # A report of before it was kept.
    known = DRIVE_PATTERNS.get(str((metadata.get('data') or {}).get('dataset')))
    evaluation = Evaluation(
        classes=tuple(content['classes']),
        images=tuple(content['images']),
        matrices=read_counts('matrices', content['matrices'], (images, classes, classes)),
        ignore_index=content['ignore_index'],
        palette=palette and tuple(tuple(colour) for colour in palette),
        train_shares=content['train_shares'],
        tail=tail and Tail(tuple(tail['classes']), tail['rule']),
        drive_pattern=content.get('drive_pattern', known),
        boundary=boundary
        and read_counts('boundary.counts', boundary['counts'], (images, quality.rows, classes)),
        boundary_settings=boundary and boundary['settings'],
        reliability=sure
        and read_counts(
            'reliability.counts', sure['counts'], (images, len(scales), ROWS, classes, BINS)
        ),
        reliability_scales=scales,
        metadata=metadata,
    )
    if evaluation.boundary is not None:
        check_boundary_counts(evaluation.boundary, quality)
    if evaluation.reliability is not None:
        check_reliability(evaluation.reliability, evaluation.matrices)
    return evaluation


def _finite(values: dict[str, float]) -> dict[str, float | None]:
    return {name: None if math.isnan(value) else value for name, value in values.items()}


def _percent(ends: np.ndarray) -> list[float] | None:
    return None if np.isnan(ends).any() else (100 * ends).tolist()
