"""A comparison in words: which differences are more than noise, and what that does not say."""

import math
from collections.abc import Iterable, Sequence

from mmseg_ext.common.printable import printable
from mmseg_ext.evaluation.comparison.difference import Comparison, Difference
from mmseg_ext.evaluation.comparison.observed import FEW_UNITS
from mmseg_ext.reports.comparison.tables import comparison_table, probability
from mmseg_ext.reports.table import signed


def findings(comparison: Comparison) -> list[str]:
    """Say what a comparison found, a sentence or two each: the means, the classes, the limits."""
    names = f'{comparison.method.name} against {comparison.baseline.name}'
    noise = 'noise' if comparison.seeds_known else 'the noise of the images'
    sentences = [f'{names}: {_mean(row, noise, comparison)}' for row in comparison.means]
    tested = _tested(comparison.classes)
    better = [row for row in tested if row.beyond_noise and row.change > 0]
    worse = [row for row in tested if row.beyond_noise and row.change < 0]
    for rows, word in ((better, 'better'), (worse, 'worse')):
        if rows:
            listed = ', '.join(f'{row.name} ({signed(row.change)})' for row in rows)
            sentences.append(f'Classes that are {word} beyond {noise}: {listed}.')
    rest = len(tested) - len(better) - len(worse)
    if rest == len(tested):
        sentences.append(f'No class of {rest} can be told from {noise}.')
    elif rest:
        sentences.append(f'The other {rest} of {len(tested)} classes cannot be told from {noise}.')
    return sentences + limits(comparison)


def how_to_read(comparisons: Sequence[Comparison]) -> str:
    """Say what the columns are and how many comparisons at once are treated."""
    classes = len(_tested(row for comparison in comparisons for row in comparison.classes))
    means = len(_tested(row for comparison in comparisons for row in comparison.means))
    labelled = comparisons[0].baseline.runs[0].scores.labelled > 0
    return (
        'IoU in percent, averaged over seeds; ± is the standard deviation between seeds. The '
        f'means are over the classes that are labelled in these images, {labelled.sum()} of '
        f'{len(labelled)}, and so over the same ones for every method. The '
        f'interval is a 95 % paired bootstrap over {comparisons[0].units.described} and holds for '
        'these trainings: it does not contain the noise of the seeds. The p-value takes both kinds '
        'of noise together (of one run each: the images alone). '
        f'It is adjusted by the method of Holm for {classes} class differences at once, and apart '
        f'from them for {means} of means: the chance of any false "yes" within either is held to '
        '5 %. "No" does not mean that the methods are equal, only that these runs cannot '
        'tell.'
    )


def _tested(rows: Iterable[Difference]) -> list[Difference]:
    return [row for row in rows if not math.isnan(row.p_value)]


def _mean(row: Difference, noise: str, comparison: Comparison) -> str:
    if math.isnan(row.p_value):
        return f'{row.name} has no value to compare.'
    p_value = f'(adjusted p = {probability(row.p_value)})'.replace('= <', '<')
    verdict = 'more than' if row.beyond_noise else 'not to be told from'
    if row.tested is None:
        return f'{row.name} {signed(row.change)} {p_value}, {verdict} {noise}.'
    units = {known.name: known.units for known in comparison.classes}
    listed = ', '.join(f'{name} ({units[name]:.1f})' for name in row.left_out)
    return (
        f'{row.name} {signed(row.change)}, not tested as it is: too few {comparison.units.kind} '
        f'show {listed} (effective numbers). Without them {row.tested.name} is '
        f'{signed(row.tested.change)} {p_value}, {verdict} {noise}.'
    )


def limits(comparison: Comparison) -> list[str]:
    """Say what a comparison does not tell, a sentence each."""
    found = []
    single = [m.name for m in (comparison.baseline, comparison.method) if len(m.runs) == 1]
    if not comparison.seeds_known:
        found.append(
            'There is one training of each: how much two trainings of the same method differ by '
            'their seed is not known, so this compares two models and says nothing certain about '
            'the methods.'
        )
    elif single:
        found.append(
            f'{single[0]} has one training: its seeds are taken to differ as much as those of the '
            'other. Where they differ more, a "yes" means less than it says.'
        )
    kind, number = comparison.units.kind, comparison.units.count
    classes = [row for row in comparison.classes if not math.isnan(row.units)]
    few = [row for row in classes if row.units < FEW_UNITS]
    if number < FEW_UNITS:
        found.append(f'From {number} {kind} alone, the bootstrap makes intervals too narrow.')
    elif few and len(few) == len(classes):
        found.append(
            f'From {number} {kind}, of which none of the classes fills {FEW_UNITS}, the bootstrap '
            'makes intervals too narrow; the p-values allow for it.'
        )
    elif few:
        listed = ', '.join(f'{row.name} ({row.units:.1f})' for row in few)
        found.append(
            f'Few {kind} show {listed} (effective numbers): the bootstrap makes their intervals '
            'too narrow; the p-values allow for it.'
        )
    return found


def comparison_text(comparisons: Sequence[Comparison]) -> str:
    """Write comparisons for a terminal: for each a table and its findings, and how to read them."""
    parts = [
        '\n'.join(
            [comparison_table(comparison).get_string(), *map(printable, findings(comparison))]
        )
        for comparison in comparisons
    ]
    return '\n\n'.join([*parts, how_to_read(comparisons)])
