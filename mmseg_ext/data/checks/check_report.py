"""The report of a data check, as text and as JSON."""

from typing import Any

import numpy as np

from mmseg_ext.common.printable import printable, printable_lines
from mmseg_ext.data.checks.as_python import shares_text, weights_text
from mmseg_ext.data.checks.set_report import SetReport

RAREST = 3


def to_text(reports: list[SetReport]) -> str:
    """Write what was found: class pixel shares, rarest classes, notes, problems, totals.

    What a config can take from the training labels stands there as Python.
    """
    blocks = [_table(report) for report in reports]
    blocks += _to_paste([report for report in reports if 'train' in report.uses])
    problems = [printable_lines(problem) for report in reports for problem in report.problems]
    notes = [printable_lines(note) for report in reports for note in report.notes]
    for title, messages in (('Notes:', notes), ('Problems:', problems)):
        if messages:
            blocks.append('\n'.join([title, *(f'  {message}' for message in messages)]))
    pairs = sum(report.pairs for report in reports)
    good = sum(report.good for report in reports)
    blocks.append(f'{good} good pairs of {pairs}, {len(problems)} problem(s)')
    return '\n\n'.join(blocks)


def to_json(reports: list[SetReport]) -> dict[str, Any]:
    """Return the same as plain values; shares are fractions of the labelled pixels."""
    return {
        'ok': not any(report.problems for report in reports),
        'pairs': sum(report.pairs for report in reports),
        'good': sum(report.good for report in reports),
        'sets': [
            {
                'used_as': report.uses,
                'name': report.name,
                'pairs': report.pairs,
                'good': report.good,
                'problems': report.problems,
                'notes': report.notes,
                'ignored_pixels': report.ignored,
                'rarest': _rarest(report),
                'classes': {
                    name: {'pixels': int(pixels), 'share': float(share), 'images': int(images)}
                    for name, pixels, share, images in zip(
                        report.classes, report.pixels, report.shares(), report.images, strict=True
                    )
                },
            }
            for report in reports
        ],
    }


def _table(report: SetReport) -> str:
    names = [printable(name) for name in report.classes]
    width = max(map(len, names))
    lines = [
        f'{" and ".join(report.uses)}: {printable(report.name)}: {report.good} good pairs of '
        f'{report.pairs}'
    ]
    if report.pixels.sum():
        lines.append(f'  {"class":<{width}}  pixels %  images')
        lines += [
            f'  {name:<{width}}  {100 * share:8.3f}  {images:6d}'
            for name, share, images in zip(names, report.shares(), report.images, strict=True)
        ]
        everything = report.ignored + report.pixels.sum()
        lines.append(
            f'  ignored: {100 * report.ignored / everything:.2f} % of all pixels; rarest '
            f'classes: {printable(", ".join(_rarest(report)))}'
        )
    return '\n'.join(lines)


def _to_paste(training: list[SetReport]) -> list[str]:
    """Write the shares and the weights of the classes of all training labels together."""
    labelled = [report for report in training if report.pixels.sum()]
    # Sets of different classes have no shares in common.
    if len({tuple(report.classes) for report in labelled}) != 1:
        return []
    classes = labelled[0].classes
    pixels = np.sum([report.pixels for report in labelled], axis=0)
    lines = ['To paste, of the training labels:', f'  {shares_text(classes, pixels)}']
    if pixels.all():
        lines.append(f'  {weights_text(pixels)}')
    return ['\n'.join(lines)]


def _rarest(report: SetReport) -> list[str]:
    return [report.classes[i] for i in report.pixels.argsort(kind='stable')[:RAREST]]
