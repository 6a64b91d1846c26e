"""Whether a model is as often right as it is sure, as text."""

from mmseg_ext.evaluation.evaluation import Evaluation
from mmseg_ext.reports.table import interval, percent
from mmseg_ext.reports.text_table import TextTable


def scale_text(scale: float) -> str:
    """Say with which confidences a figure was taken."""
    return 'as predicted' if scale == 1 else f'logits × {scale:.3g}'


def reliability_table(evaluation: Evaluation) -> TextTable:
    """Make the table of the confidences, in percent.

    Args:
        evaluation: An evaluation with counts of reliability.

    Returns:
        For every class, of the pixels that are called so, how many are right, and for each scale of
        the logits the mean confidence and the expected calibration error; the last row is of all
        pixels.
    """
    reliabilities = evaluation.reliabilities
    headings = [
        f'{name}, {scale_text(scale)}'
        for scale in reliabilities
        for name in ('Confidence', 'Calibration error')
    ]
    table = TextTable(['Called', 'Right', *headings])
    for index, name in enumerate(evaluation.classes):
        cells = [
            percent(value[index])
            for each in reliabilities.values()
            for value in (each.class_confidence, each.class_error)
        ]
        table.add_row(
            [name, percent(evaluation.scores.precision[index]), *cells],
            divider=index == len(evaluation.classes) - 1,
        )
    means = [
        percent(value)
        for each in reliabilities.values()
        for value in (each.mean_confidence, each.error)
    ]
    table.add_row(['all', percent(evaluation.scores.pixel_accuracy), *means])
    return table


def reliability_line(evaluation: Evaluation) -> str:
    """Say the expected calibration error of all pixels with its interval."""
    intervals = evaluation.calibration_intervals()
    return 'Expected calibration error, %: ' + '; '.join(
        f'{percent(each.error)} {interval(intervals[scale])} {scale_text(scale)}'
        for scale, each in evaluation.reliabilities.items()
    )
