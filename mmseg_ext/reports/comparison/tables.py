"""A comparison as tables: text, Markdown, CSV."""

import math
from collections.abc import Sequence

from prettytable import PrettyTable

from mmseg_ext.evaluation.comparison.difference import Comparison, Difference
from mmseg_ext.evaluation.comparison.methods import check_classes
from mmseg_ext.evaluation.evaluation import Evaluation
from mmseg_ext.reports.csv_text import CsvText
from mmseg_ext.reports.table import iou_table, mean_label, percent, signed

CSV_COLUMNS = (
    'baseline', 'method', 'quantity', 'baseline_iou', 'method_iou', 'difference', 'image_low',
    'image_high', 'baseline_seed_sd', 'method_seed_sd', 'baseline_seeds', 'method_seeds',
    'adjusted_p',
)  # fmt: skip
"""All IoUs, differences and standard deviations in percent."""


def comparison_table(comparison: Comparison) -> PrettyTable:
    """Make the table of a method against the baseline: IoU in percent, classes and then means.

    A ± is the standard deviation between seeds, where there are several.

    Raises:
        ConfigError: If a method is called like the other or like a column.
    """
    table = iou_table(
        [
            heading(comparison.baseline.name, len(comparison.baseline.runs)),
            heading(comparison.method.name, len(comparison.method.runs)),
            'Δ',
            interval_heading(comparison),
            'adjusted p',
            verdict_heading(comparison),
        ]
    )
    for number, row in enumerate(comparison.rows, start=1):
        table.add_row(
            [
                row.name,
                with_spread(row.baseline, row.baseline_spread),
                with_spread(row.method, row.method_spread),
                signed(row.change),
                signed_interval(row),
                probability(row.p_value),
                verdict(row),
            ],
            divider=number == len(comparison.classes),
        )
    return table


def comparison_csv(comparisons: Sequence[Comparison]) -> str:
    """Return one line for every method and quantity, unrounded; what there is not is empty."""
    writer = CsvText()
    writer.writerow(CSV_COLUMNS)
    for comparison in comparisons:
        baseline, method = comparison.baseline, comparison.method
        for row in comparison.rows:
            fractions = (
                row.baseline, row.method, row.change, *row.interval, row.baseline_spread,
                row.method_spread,
            )  # fmt: skip
            writer.writerow(
                [
                    baseline.name,
                    method.name,
                    row.name,
                    *('' if math.isnan(value) else 100 * value for value in fractions),
                    len(baseline.runs),
                    len(method.runs),
                    '' if math.isnan(row.p_value) else row.p_value,
                ]
            )
    return writer.text


def side_by_side(columns: Sequence[tuple[str, Evaluation]]) -> PrettyTable:
    """Make a table of IoUs, one column an evaluation, whatever images each is of.

    Args:
        columns: The evaluations, each with the heading of its column.

    Returns:
        PrettyTable: In percent, with the difference of the last column to the first where there are
        two or more; a dash where a class is absent.

    Raises:
        ConfigError: If two evaluations have one heading, or one that a column of the table has.
        DataError: If the classes differ.
    """
    names, evaluations = [name for name, _ in columns], [evaluation for _, evaluation in columns]
    for name, other in columns:
        check_classes(evaluations[0], other, (names[0], name))
    several = len(names) > 1
    table = iou_table([*names, *(['difference'] if several else [])])
    classes = evaluations[0].classes
    rows = [(name, [e.scores.iou[c] for e in evaluations]) for c, name in enumerate(classes)]
    rows.append((_mean_label(evaluations), [e.scores.mean_iou for e in evaluations]))
    if all(evaluation.tail == evaluations[0].tail for evaluation in evaluations):
        rows.append(('tail', [e.tail_iou for e in evaluations] if evaluations[0].tail else []))
    for number, (name, values) in enumerate(rows, start=1):
        if values:
            cells = [*map(percent, values), *([signed(values[-1] - values[0])] if several else [])]
            table.add_row([name, *cells], divider=number == len(classes))
    return table


def _mean_label(evaluations: Sequence[Evaluation]) -> str:
    labels = {mean_label(evaluation): None for evaluation in evaluations}
    if len(labels) == 1:
        return next(iter(labels))
    return f'mean of {", ".join(str(evaluation.present) for evaluation in evaluations)} present'


def heading(name: str, runs: int) -> str:
    """Name a column, with the number of seeds where there are several."""
    return name if runs == 1 else f'{name} ({runs} seeds)'


def interval_heading(comparison: Comparison) -> str:
    """Say what the intervals are over."""
    return f'95 % ({comparison.units.kind})'


def verdict_heading(comparison: Comparison) -> str:
    """Say what a yes in the last column is about."""
    return 'beyond noise' if comparison.seeds_known else 'beyond image noise'


def verdict(row: Difference) -> str:
    """Say whether a difference is beyond noise: yes, no, or a dash."""
    if math.isnan(row.p_value):
        return '-'
    return 'yes' if row.beyond_noise else 'no'


def with_spread(value: float, spread: float) -> str:
    """Write a fraction in percent, with the standard deviation between seeds if known."""
    return percent(value) if math.isnan(spread) else f'{percent(value)} ± {percent(spread)}'


def signed_interval(row: Difference) -> str:
    """Write the interval of a difference, a dash where there is none."""
    low, high = row.interval
    return '-' if math.isnan(row.change) else f'{signed(low)} to {signed(high)}'


def probability(p_value: float) -> str:
    """Write a p-value, a dash for NaN."""
    if math.isnan(p_value):
        return '-'
    return '< 0.001' if p_value < 0.001 else f'{p_value:.3f}'
