"""A method against a baseline, class by class and in their means."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mmseg_ext.common.errors import ConfigError, DataError
from mmseg_ext.evaluation.comparison.clusters import common_units
from mmseg_ext.evaluation.comparison.difference import Comparison, Difference
from mmseg_ext.evaluation.comparison.measured import Measured, measure, units_of_classes
from mmseg_ext.evaluation.comparison.methods import Method, align
from mmseg_ext.evaluation.comparison.observed import units_of_mean, well_observed
from mmseg_ext.evaluation.comparison.significance import holm, p_values
from mmseg_ext.evaluation.evaluation import Evaluation
from mmseg_ext.evaluation.intervals import RESAMPLES, percentile_interval


def compare(
    baseline: Method,
    methods: Sequence[Method],
    resamples: int = RESAMPLES,
    seed: int = 0,
    cluster: str | None = None,
) -> list[Comparison]:
    """Compare methods with a baseline, class by class and in their means.

    Args:
        baseline: The baseline. Its tail is the tail.
        methods: The others, evaluated on the same images.
        resamples: Bootstrap resamples.
        seed: Seed of the draws.
        cluster: Regular expression whose groups name the drive of an image's name, in the place of
            that of the reports.

    Returns:
        One comparison a method.

    Raises:
        ConfigError: If two of them have the same name, or the pattern of the drives is none or
            does not fit the images.
        DataError: If the evaluations are not of the same data, or of one image only.

    Example:
        >>> from mmseg_ext.evaluation import Evaluation
        >>> def method(name, matrix):
        ...     images = np.stack([matrix, matrix])
        ...     return Method(name, (Evaluation(('road', 'car'), ('a.png', 'b.png'), images),))
        >>> plain, ours = np.array([[8, 2], [2, 8]]), np.array([[9, 1], [1, 9]])
        >>> (comparison,) = compare(method('plain', plain), [method('ours', ours)])
        >>> [f'{row.name} {row.change:+.2f}' for row in comparison.rows]
        ['road +0.15', 'car +0.15', 'mIoU +0.15']
    """
    counts = align([baseline, *methods])
    called = [method.name for method in (baseline, *methods)]
    for name in called:
        if called.count(name) > 1:
            raise ConfigError(f'two methods are called {name!r}: name them apart, NAME=RUN')
    first = baseline.runs[0]
    if len(first.images) < 2:
        raise DataError('a comparison needs two images or more: one shows no spread')
    units = common_units([baseline, *methods], cluster)
    draws = units.draw(resamples, seed)
    quality = None if counts[0].boundary is None else first.boundary_quality
    measured = [measure(of_method, draws, quality) for of_method in counts]
    raw = [
        _differences(
            first,
            _Pair(
                measured[0], measured[place], units_of_classes([counts[0], counts[place]], units)
            ),
        )
        for place in range(1, len(counts))
    ]
    of_classes = len(first.classes)
    classes = _adjusted([differences[:of_classes] for differences in raw])
    means = _adjusted([differences[of_classes:] for differences in raw])
    return [
        Comparison(baseline, method, class_differences, mean_differences, units)
        for method, class_differences, mean_differences in zip(methods, classes, means, strict=True)
    ]


@dataclass(frozen=True)
class _Pair:
    """The baseline, a method, and the effective number of units of each class, shape (C,)."""

    baseline: Measured
    method: Measured
    units: np.ndarray

    def difference(self, name: str, measure: int, classes: Sequence[int]) -> Difference:
        """Compare the mean over some classes, its p-value not adjusted."""
        before, before_drawn = self.baseline.mean(measure, classes)
        after, after_drawn = self.method.mean(measure, classes)
        drawn = after_drawn - before_drawn
        change = after.mean() - before.mean()
        units = units_of_mean(self.units[classes], self._variances(measure, classes))
        p_value = p_values(
            np.array([change]), drawn[:, None], before[:, None], after[:, None], np.array([units])
        )
        return Difference(
            name, float(before.mean()), float(after.mean()), percentile_interval(drawn),
            _spread(before), _spread(after), float(p_value[0]), units,
        )  # fmt: skip

    def mean(
        self, name: str, measure: int, classes: Sequence[int], names: Sequence[str]
    ) -> Difference:
        """Compare a mean; where its test leaves classes out, also the mean over the others."""
        scored = [c for c in classes if not np.isnan(self.baseline.runs[0, measure, c])]
        known = well_observed(self.units[scored])
        kept = [c for c, well in zip(scored, known, strict=True) if well]
        whole = self.difference(name, measure, scored)
        if len(kept) == len(scored):
            return whole
        tested = self.difference(f'{name} ({len(kept)} of {len(scored)})', measure, kept)
        left_out = tuple(names[c] for c in scored if c not in kept)
        return replace(whole, p_value=tested.p_value, left_out=left_out, tested=tested)

    def _variances(self, measure: int, classes: Sequence[int]) -> np.ndarray:
        drawn = [side.resampled[:, measure, list(classes)] for side in (self.baseline, self.method)]
        return (drawn[1] - drawn[0]).var(0)


def _differences(first: Evaluation, pair: _Pair) -> list[Difference]:
    everything = range(len(first.classes))
    means: list[tuple[str, int, Sequence[int]]] = [('mIoU', 0, everything)]
    if first.tail:
        means.append(('tail mIoU', 0, first.tail_ids))
    if pair.baseline.runs.shape[1] > 1:
        means += [('Boundary IoU', 1, everything), ('Boundary F', 2, everything)]
    classes = [pair.difference(name, 0, [c]) for c, name in enumerate(first.classes)]
    return classes + [pair.mean(*mean, first.classes) for mean in means]


def _spread(runs: np.ndarray) -> float:
    return float(runs.std(ddof=1)) if len(runs) > 1 else np.nan


def _adjusted(families: list[list[Difference]]) -> list[list[Difference]]:
    """Adjust the p-values of all methods together, by Holm's method."""
    flat = [difference for family in families for difference in family]
    adjusted = iter(holm(np.array([difference.p_value for difference in flat])))
    return [[d.with_p_value(float(next(adjusted))) for d in family] for family in families]
