"""What a method scores in every class: run by run, and in every resample of the images."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mmseg_ext.evaluation.boundary_quality import BoundaryQuality
from mmseg_ext.evaluation.comparison.methods import AlignedCounts
from mmseg_ext.evaluation.comparison.observed import effective_units
from mmseg_ext.evaluation.intervals import resampled_scores, resampled_sums
from mmseg_ext.evaluation.resampling import Units
from mmseg_ext.evaluation.scores import ClassScores, mean_of_present


@dataclass(frozen=True)
class Measured:
    """Scores of a method by measure (first IoU, then Boundary IoU and F) and class.

    NaN for a class that is not labelled or has no true boundary: the same ones for every run,
    method and resample, so that means over classes are over the same ones.

    Attributes:
        runs: Of its runs, shape (S, M, C).
        resampled: Of its resamples, mean over the runs, shape (R, M, C).
    """

    runs: np.ndarray
    resampled: np.ndarray

    def mean(self, measure: int, classes: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        """Mean over some classes: of its runs, shape (S,), and of its resamples, shape (R,)."""
        chosen = list(classes)
        return (
            mean_of_present(self.runs[:, measure, chosen]),
            mean_of_present(self.resampled[:, measure, chosen]),
        )


def measure(counts: AlignedCounts, draws: np.ndarray, quality: BoundaryQuality | None) -> Measured:
    """Score a method's runs, and all resamples of their images.

    Args:
        counts: The counts of its runs.
        draws: How often each image was drawn, shape (R, N).
        quality: What boundaries were counted with; None to leave them out.
    """

    def scored(scores: ClassScores, boundary: np.ndarray | None) -> np.ndarray:
        measures = [scores.iou_of_labelled]
        if quality is not None and boundary is not None:
            measures += _of_boundaries(quality, boundary)
        return np.stack(measures, axis=-2)

    resampled = [
        scored(
            resampled_scores(matrices, draws),
            None
            if counts.boundary is None
            else resampled_sums(counts.boundary[run], counts.boundary[run, :, -1], draws),
        )
        for run, matrices in enumerate(counts.matrices)
    ]
    runs = scored(
        ClassScores.from_confusion(counts.matrices.sum(1)),
        None if counts.boundary is None else counts.boundary.sum(1),
    )
    return Measured(runs, np.mean(resampled, axis=0))


def _of_boundaries(quality: BoundaryQuality, counts: np.ndarray) -> list[np.ndarray]:
    scores = quality.score(counts)
    bands, contours = counts[..., 1, :], counts[..., -1, :]
    return [
        np.where(true > 0, values, np.nan)
        for true, values in ((bands, scores.boundary_iou), (contours, scores.f_score))
    ]


def units_of_classes(pair: Sequence[AlignedCounts], units: Units) -> np.ndarray:
    """Effective number of units that show each class, shape (C,); NaN where none does."""
    runs = np.concatenate([counts.matrices for counts in pair])
    hits = np.diagonal(runs, axis1=2, axis2=3)
    labelled = runs[0].sum(2)
    seen = (runs.sum(2) + runs.sum(3) - hits).sum(0)
    # Stray predictions in many images do not make a class known from more than those that have it.
    return np.minimum(effective_units(units.sum(labelled)), effective_units(units.sum(seen)))
