"""All tables of one evaluation as text: what a test prints."""

from mmseg_ext.evaluation.evaluation import Evaluation
from mmseg_ext.evaluation.intervals import RESAMPLES
from mmseg_ext.reports.boundary_table import boundary_line, boundary_table
from mmseg_ext.reports.reliability_table import reliability_line, reliability_table
from mmseg_ext.reports.table import per_class_table


def evaluation_text(evaluation: Evaluation, resamples: int = RESAMPLES) -> str:
    """Draw the table of the classes and, where they were counted, of boundaries and confidences.

    Args:
        evaluation: The evaluation.
        resamples: Of the bootstrap for the intervals.
    """
    text = per_class_table(evaluation, evaluation.intervals(resamples))
    if quality := evaluation.boundary_quality:
        edges = boundary_table(evaluation, quality, evaluation.boundary_intervals(resamples))
        text += f'\n{edges.get_string()}\n{boundary_line(quality)}'
    if evaluation.reliability is not None:
        sure = reliability_table(evaluation)
        text += f'\n{sure.get_string()}\n{reliability_line(evaluation)}'
    return text
