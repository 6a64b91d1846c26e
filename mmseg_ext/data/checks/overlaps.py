"""Frames that a model would be trained and evaluated on."""

import os
from collections.abc import Hashable, Iterable, Sequence
from itertools import combinations
from pathlib import Path

from mmseg_ext.data.checks.set_report import Frame, SetReport

_LISTED = 5


def note_overlaps(reports: Sequence[SetReport]) -> None:
    """Add to reports which frames several uses have in common.

    The same file, or the same pixels under another name, in training and in an evaluation is a
    problem. It is a note within one use and between two evaluations, and so are equal names of
    images with other pixels.

    Args:
        reports: Those of all data sets of a config; what is found is added to that of the
            evaluation.
    """
    report_of = {use: report for report in reversed(reports) for use in report.uses}
    frames = {
        use: [frame for report in reports for frame in report.frames.get(use, ())]
        for use in report_of
    }
    for use, report in report_of.items():
        report.notes += _twice_within(use, frames[use])
    for one, other in combinations([use for use in ('train', 'val', 'test') if use in frames], 2):
        same = {frame.path for frame in frames[one]} == {frame.path for frame in frames[other]}
        if same and one != 'train':
            # Validated and tested on one set, as is common.
            continue
        found = report_of[other].problems if one == 'train' else report_of[other].notes
        found += _common(one, frames[one], other, frames[other])
        report_of[other].notes += _namesakes(one, frames[one], other, frames[other])


def same_files(one: Iterable[str | Path], other: Iterable[str | Path]) -> list[str]:
    """Return the files of the second that are files of the first too, by whatever path or link.

    Args:
        one: Paths; those of files that are not there are passed over.
        other: Paths.

    Returns:
        Paths of the second, in its order.
    """
    known = {_identity(path) for path in one} - {None}
    return [str(path) for path in other if _identity(path) in known]


def listed(names: Sequence[str]) -> str:
    """Join the first few of some names and count the rest."""
    more = f' and {len(names) - _LISTED} more' if len(names) > _LISTED else ''
    return ', '.join(names[:_LISTED]) + more


def _identity(path: str | Path) -> Hashable:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _common(one: str, first: list[Frame], other: str, second: list[Frame]) -> list[str]:
    messages = []
    files = same_files([frame.path for frame in first], [frame.path for frame in second])
    if files:
        messages.append(f'{len(files)} image file(s) are in {one} and in {other}: {listed(files)}')
    of_digest = {frame.digest: frame.path for frame in first if frame.digest}
    copies = [
        f'{frame.path} = {of_digest[frame.digest]}'
        for frame in second
        if frame.digest in of_digest and str(frame.path) not in files
    ]
    if copies:
        messages.append(
            f'{len(copies)} image(s) of {other} have the very pixels of images of {one}: '
            f'{listed(copies)}'
        )
    return messages


def _namesakes(one: str, first: list[Frame], other: str, second: list[Frame]) -> list[str]:
    digest_of = {frame.path.stem: frame.digest for frame in first}
    names = [
        frame.path.name
        for frame in second
        if frame.path.stem in digest_of and frame.digest != digest_of[frame.path.stem]
    ]
    if not names:
        return []
    return [f'{len(names)} file name(s) are in {one} and in {other}, of other images: '
            f'{listed(names)}']  # fmt: skip


def _twice_within(use: str, frames: list[Frame]) -> list[str]:
    first: dict[bytes, Path] = {}
    copies = [
        f'{frame.path} = {first[frame.digest]}'
        for frame in frames
        if frame.digest and first.setdefault(frame.digest, frame.path) != frame.path
    ]
    if not copies:
        return []
    return [f'{len(copies)} image(s) of {use} have the very pixels of others of {use}: '
            f'{listed(copies)}']  # fmt: skip
