"""The figures of an analysis as plain values, in percent: what the JSON file holds."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from mmseg_ext.analysis.bias.attribute_predictability import attribute_predictability_gap
from mmseg_ext.analysis.bias.context_gap import context_gap, resampled_context_gap
from mmseg_ext.analysis.bias.counts import BiasCounts
from mmseg_ext.analysis.bias.dependence import ClassDependence, resampled_dependence
from mmseg_ext.analysis.bias.mutual_information_gap import mutual_information_gap
from mmseg_ext.analysis.bias.spread import ChannelSpread, channel_importance
from mmseg_ext.common.errors import DataError
from mmseg_ext.evaluation.intervals import RESAMPLES, percentile_interval
from mmseg_ext.evaluation.resampling import units_of
from mmseg_ext.evaluation.scores import ClassScores

FORMAT = 'mmseg_ext bias'
VERSION = 1


def bias_figures(
    models: Sequence[BiasCounts], settings: Mapping[str, Any], resamples: int = RESAMPLES
) -> dict[str, Any]:
    """Compute every figure of one model, or of two and of their difference.

    Args:
        models: The counts of one model or two.
        settings: How they were made, plain values; kept as they are.
        resamples: Bootstrap resamples of the 95 % intervals over images.

    Returns:
        Plain values, percentages and points of IoU, None for what a class does not have. `models`
        holds one entry a model, `difference` the first minus the second, with paired intervals, or
        None.

    Raises:
        DataError: If the two were not measured on the same images, classes and labels.
    """
    analysed = [_Analysed(counts, resamples) for counts in models]
    for other in models[1:]:
        _check_same_data(models[0], other)
    return {
        'format': FORMAT,
        'version': VERSION,
        'settings': dict(settings),
        'classes': list(models[0].classes),
        'images': len(models[0].images),
        'resampled': units_of(models[0].images, models[0].drive_pattern).described,
        'models': [each.figures for each in analysed],
        'difference': analysed[0].minus(analysed[1]) if len(analysed) == 2 else None,
    }


def _check_same_data(first: BiasCounts, other: BiasCounts) -> None:
    fields = ('classes', 'images')
    differing = [field for field in fields if getattr(first, field) != getattr(other, field)]
    if not differing and not _same_labels(first.matrices, other.matrices):
        differing.append('labels')
    if not _same_labels(first.shifted, other.shifted):
        differing.append('labels in the split of another context')
    if differing:
        raise DataError(
            f'{first.name} and {other.name} cannot be compared: their test sets have different '
            f'{differing[0]}'
        )


def _same_labels(matrices: np.ndarray | None, others: np.ndarray | None) -> bool:
    if matrices is None or others is None:
        return True
    return np.array_equal(matrices.sum(2), others.sum(2))


class _Analysed:
    """One model: the figures, and the resamples that its intervals come from."""

    def __init__(self, counts: BiasCounts, resamples: int):
        self._counts = counts
        units = units_of(counts.images, counts.drive_pattern)
        draws = units.draw(resamples)
        self._dependence = ClassDependence(counts.plain.sum(0), counts.suppressed.sum(0))
        self._drawn = resampled_dependence(counts.plain, counts.suppressed, draws)
        self._gap = self._drawn_gap = None
        if counts.shifted is not None:
            self._gap = context_gap(counts.matrices, counts.shifted)
            shifted = units_of(counts.shifted_images, counts.drive_pattern)
            # Another seed: the splits are drawn independently of each other.
            self._drawn_gap = resampled_context_gap(
                counts.matrices, counts.shifted, (draws, shifted.draw(resamples, seed=1))
            )

    @cached_property
    def figures(self) -> dict[str, Any]:
        """The entry of this model."""
        counts = self._counts
        scores = ClassScores.from_confusion(counts.matrices.sum(0))
        return {
            'name': counts.name,
            'iou': self._by_class(scores.iou),
            'mean_iou': _percent(scores.mean_iou),
            'dependence': self._dependence_figures(),
            'spread': self._spread_figures(),
            'latent_gaps': self._latent_figures(),
            'context_gap': self._gap_figures(),
        }

    def minus(self, other: '_Analysed') -> dict[str, Any]:
        """Differences of the summary figures to another model on the same images."""
        ours, theirs = self._drawn.off_diagonal, other._drawn.off_diagonal
        difference: dict[str, Any] = {
            'off_diagonal': _percent(
                self._dependence.off_diagonal - other._dependence.off_diagonal
            ),
            'off_diagonal_interval_95': _percent(percentile_interval(ours - theirs)),
            'context_gap': None,
        }
        if self._gap and other._gap and self._drawn_gap and other._drawn_gap:
            drawn = self._drawn_gap.gap - other._drawn_gap.gap
            difference['context_gap'] = {
                'gap': self._by_class(self._gap.gap - other._gap.gap),
                'interval_95': self._by_class(percentile_interval(drawn).T),
            }
        return difference

    def _dependence_figures(self) -> dict[str, Any]:
        dependence = self._dependence
        return {
            'change': _percent(dependence.change),
            'on_itself': self._by_class(dependence.on_itself),
            'on_others': self._by_class(dependence.on_others),
            'off_diagonal': _percent(dependence.off_diagonal),
            'off_diagonal_interval_95': _percent(percentile_interval(self._drawn.off_diagonal)),
        }

    def _spread_figures(self) -> dict[str, Any]:
        spread = ChannelSpread.of(channel_importance(self._counts.weight, self._counts.deviation))
        return {
            'channels': self._counts.weight.shape[1],
            'disentanglement': spread.disentanglement,
            'completeness': spread.completeness,
            'completeness_of': self._by_class(spread.completeness_of / 100),
        }

    def _latent_figures(self) -> dict[str, Any]:
        latents, classes = self._counts.latents, self._counts.latent_classes
        factors = (classes[:, None] == np.arange(len(self._counts.classes))).astype(np.int64)
        # The rows are in the order of the images, which may be that of a drive.
        order = np.random.default_rng(0).permutation(len(latents))
        figures: dict[str, Any] = {'pixels': len(latents)}
        for name, measure in (
            ('mig', mutual_information_gap),
            ('sap', attribute_predictability_gap),
        ):
            gaps = measure(latents[order], factors[order])
            # Fractions, as disentanglement is.
            figures[name] = None if np.isnan(gaps).all() else float(np.nanmean(gaps))
            figures[f'{name}_of'] = self._by_class(gaps / 100)
        return figures

    def _gap_figures(self) -> dict[str, Any] | None:
        if self._gap is None or self._drawn_gap is None or self._counts.shifted is None:
            return None
        return {
            'images': len(self._counts.shifted),
            'iou': self._by_class(self._gap.broken),
            'gap': self._by_class(self._gap.gap),
            'interval_95': self._by_class(percentile_interval(self._drawn_gap.gap).T),
            'mean': _percent(self._gap.mean_gap),
            'mean_interval_95': _percent(percentile_interval(self._drawn_gap.mean_gap)),
        }

    def _by_class(self, fractions: np.ndarray) -> dict[str, Any]:
        return dict(zip(self._counts.classes, map(_percent, fractions), strict=True))


def _percent(fractions: Any) -> Any:
    """Turn fractions of any shape into nested lists of percentages, None for NaN."""
    values = np.asarray(fractions, dtype=np.float64)
    if values.ndim:
        return [_percent(value) for value in values]
    return None if np.isnan(values) else 100 * float(values)
