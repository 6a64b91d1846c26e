"""Data of which there is nothing, or nothing of some class, to learn or to score."""

from collections.abc import Sequence

from mmseg_ext.data.checks.set_report import SetReport


def note_unlabelled_classes(reports: Sequence[SetReport]) -> None:
    """Add to reports what no label in them has.

    A set whose label files have no labelled pixel is a problem, and so is a class that no label of
    all training sets has; a class that only an evaluation lacks is a note: it has no IoU there.

    Args:
        reports: Those of all data sets of a config, their files read.
    """
    for report in reports:
        if report.ignored and not report.pixels.sum():
            report.problems.append(
                f'{report.name}: every pixel of every label file is ignored (255); '
                'there is nothing to learn or to score'
            )
    _note_classes([report for report in reports if 'train' in report.uses], training=True)
    for report in reports:
        if 'train' not in report.uses:
            _note_classes([report], training=False)


def _note_classes(reports: list[SetReport], training: bool) -> None:
    labelled = {
        name
        for report in reports
        for name, pixels in zip(report.classes, report.pixels, strict=True)
        if pixels
    }
    # Nothing at all has been said already.
    if not labelled:
        return
    names = dict.fromkeys(name for report in reports for name in report.classes)
    missing = ', '.join(name for name in names if name not in labelled)
    if missing and training:
        reports[0].problems.append(
            f'no training label has a pixel of: {missing}; add frames that show it, or leave it '
            'out by metainfo=dict(classes=(...)) of each data set and num_classes of each head'
        )
    elif missing:
        reports[0].notes.append(
            f'{reports[0].name}: no label has a pixel of: {missing}; it has no IoU in '
            f'{" and ".join(reports[0].uses)}'
        )
