"""One evaluation: everything that was counted, from which every figure follows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from mmseg_ext.common.score_names import score_name
from mmseg_ext.evaluation.boundary_quality import BoundaryQuality, BoundaryScores
from mmseg_ext.evaluation.drives import METAINFO_KEY, compile_pattern
from mmseg_ext.evaluation.intervals import (
    RESAMPLES,
    drawn_sums,
    percentile_interval,
    resampled_scores,
    resampled_sums,
)
from mmseg_ext.evaluation.reliability import BINS, ROWS, Reliability, score_reliability
from mmseg_ext.evaluation.resampling import Units, units_of
from mmseg_ext.evaluation.scores import ClassScores
from mmseg_ext.evaluation.tail import Tail


@dataclass(frozen=True)
class Intervals:
    """Lower and upper ends of 95 % intervals over images, as fractions, float64.

    Attributes:
        iou: Per class, shape (2, C); NaN for a class without IoU.
        mean_iou: Of the mean IoU, shape (2,).
        tail_iou: Of the mean IoU of the tail, shape (2,); NaN without a tail.
    """

    iou: np.ndarray
    mean_iou: np.ndarray
    tail_iou: np.ndarray


@dataclass(frozen=True)
class Evaluation:
    """What was counted on every image of a data set, and how it came about.

    Args:
        classes: The C class names.
        images: The N image names, see
            :func:`~mmseg_ext.evaluation.image_counts.image_names`.
        matrices: Confusion matrix of every image, int64, shape (N, C, C).
        ignore_index: Label of the pixels that were left out.
        palette: RGB colours of the classes, each (3,).
        train_shares: Percentage of the labelled training pixels of
            every class.
        tail: The rare classes.
        drive_pattern: Regular expression that is searched in the images' names and
            whose groups name the drive, see :mod:`~mmseg_ext.evaluation.resampling`.
        boundary: Boundary counts of every image, int64, shape (N, K, C).
        boundary_settings: What they were counted with, see
            :class:`~mmseg_ext.evaluation.boundary_quality.BoundaryQuality`.
        reliability: Counts of :func:`~mmseg_ext.evaluation.reliability.count_reliability` of every
            image for each scale, int64, shape (N, S, 3, C, B).
        reliability_scales: The S factors of the logits that confidences were taken with.
        metadata: How the evaluation was made: plain values that JSON can hold.

    Raises:
        ValueError: If the shapes do not belong together, there is no image, or a class of the tail
            is none.
        ConfigError: If the boundary settings are none of
            :class:`~mmseg_ext.evaluation.boundary_quality.BoundaryQuality`, or the pattern is no
            regular expression with a group.
    """

    classes: tuple[str, ...]
    images: tuple[str, ...]
    matrices: np.ndarray
    ignore_index: int = 255
    palette: tuple[tuple[int, ...], ...] | None = None
    train_shares: Mapping[str, float] | None = None
    tail: Tail | None = None
    drive_pattern: str | None = None
    boundary: np.ndarray | None = None
    boundary_settings: Mapping[str, Any] | None = None
    reliability: np.ndarray | None = None
    reliability_scales: tuple[float, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check that names and counts belong together."""
        expected = (len(self.images), len(self.classes), len(self.classes))
        if self.matrices.shape != expected or not self.images:
            raise ValueError(
                f'{len(self.images)} images and {len(self.classes)} classes, but matrices of '
                f'shape {self.matrices.shape}'
            )
        for name in self.tail.classes if self.tail else ():
            if name not in self.classes:
                raise ValueError(f'the tail has {name!r}, which is no class')
        if self.drive_pattern is not None:
            compile_pattern(self.drive_pattern, METAINFO_KEY)
        self._check_reliability()
        if self.boundary is None or self.boundary_quality is None:
            return
        rows = self.boundary_quality.rows
        if self.boundary.shape != (expected[0], rows, expected[1]):
            raise ValueError(
                f'{expected[0]} images, {expected[1]} classes and boundary settings with {rows} '
                f'counts, but boundary counts of shape {self.boundary.shape}'
            )

    def _check_reliability(self) -> None:
        images, classes, scales = len(self.images), len(self.classes), len(self.reliability_scales)
        found = None if self.reliability is None else self.reliability.shape
        if (found or scales) and found != (images, scales, ROWS, classes, BINS):
            raise ValueError(
                f'{images} images, {classes} classes and {scales} scales of the logits, but counts '
                f'of reliability of shape {found}'
            )

    @cached_property
    def matrix(self) -> np.ndarray:
        """Confusion matrix of all images, int64, shape (C, C)."""
        return self.matrices.sum(0)

    @cached_property
    def scores(self) -> ClassScores:
        """Scores of all images together."""
        return ClassScores.from_confusion(self.matrix)

    @cached_property
    def image_scores(self) -> ClassScores:
        """Scores of each image on its own, shape (N, C)."""
        return ClassScores.from_confusion(self.matrices)

    @property
    def pixel_shares(self) -> np.ndarray:
        """Share of each class among the labelled pixels, fractions, float64, shape (C,)."""
        return self.scores.labelled / max(1, self.scores.labelled.sum())

    @property
    def images_with_class(self) -> np.ndarray:
        """Number of images in which each class is labelled, int64, shape (C,)."""
        return (self.image_scores.labelled > 0).sum(0)

    @property
    def present(self) -> int:
        """Number of classes that have an IoU, over which the mean is taken."""
        return int((~np.isnan(self.scores.iou)).sum())

    @property
    def tail_ids(self) -> list[int]:
        """Ids of the tail's classes, empty without a tail."""
        return [self.classes.index(name) for name in self.tail.classes] if self.tail else []

    @property
    def tail_iou(self) -> float:
        """Mean IoU of the tail's classes that have one, a fraction; NaN without a tail."""
        return float(self.scores.mean_iou_of(self.tail_ids))

    @cached_property
    def units(self) -> Units:
        """What the intervals resample: images, drives, or blocks of frames."""
        return units_of(self.images, self.drive_pattern)

    def intervals(self, resamples: int = RESAMPLES, seed: int = 0) -> Intervals:
        """Return the 95 % intervals over images, by bootstrap."""
        draws = self.units.draw(resamples, seed)
        scores = resampled_scores(self.matrices, draws)
        return Intervals(
            iou=percentile_interval(scores.iou),
            mean_iou=percentile_interval(scores.mean_iou),
            tail_iou=percentile_interval(scores.mean_iou_of(self.tail_ids)),
        )

    @cached_property
    def boundary_quality(self) -> BoundaryQuality | None:
        """What boundary quality was counted with; None where it was not."""
        if self.boundary is None:
            return None
        return BoundaryQuality.from_settings(self.boundary_settings or {})

    @cached_property
    def boundary_scores(self) -> BoundaryScores | None:
        """Boundary quality of all images together."""
        if self.boundary is None or self.boundary_quality is None:
            return None
        return self.boundary_quality.score(self.boundary.sum(0))

    def boundary_intervals(
        self, resamples: int = RESAMPLES, seed: int = 0
    ) -> dict[str, np.ndarray]:
        """Return the 95 % intervals over images of every boundary score by its name in logs.

        Fractions, float64, shape (2,) each; nothing where boundaries were not counted.
        """
        quality = self.boundary_quality
        if self.boundary is None or quality is None:
            return {}
        draws = self.units.draw(resamples, seed)
        scores = quality.score(resampled_sums(self.boundary, self.boundary[:, -1], draws))
        return {
            name: percentile_interval(samples)
            for name, samples in scores.named(self.classes, quality.trimap_widths).items()
        }

    @cached_property
    def reliabilities(self) -> dict[float, Reliability]:
        """Reliability of all images together for each scale of the logits, where it was counted."""
        if self.reliability is None:
            return {}
        sums = self.reliability.sum(0)
        return dict(zip(self.reliability_scales, map(score_reliability, sums), strict=True))

    def calibration_intervals(
        self, resamples: int = RESAMPLES, seed: int = 0
    ) -> dict[float, np.ndarray]:
        """Return the 95 % interval over images of the expected calibration error for each scale."""
        if self.reliability is None:
            return {}
        draws = self.units.draw(resamples, seed)
        return {
            scale: percentile_interval(score_reliability(drawn_sums(counts, draws)).error)
            for scale, counts in zip(
                self.reliability_scales, self.reliability.swapaxes(0, 1), strict=True
            )
        }

    def scalars(self) -> dict[str, float]:
        """Return every score of all images together by its name in logs, in percent.

        ``mIoU``, ``mAcc``, ``aAcc``, ``mF1``, ``fwIoU``, ``tail_mIoU`` where there is a tail, and
        for every class ``IoU/<class>``, ``Acc/<class>``, ``Precision/<class>`` and ``F1/<class>``;
        NaN for a class that does not occur. Where boundaries were counted, also all that
        :meth:`~mmseg_ext.evaluation.boundary_quality.BoundaryScores.named` names; where confidences
        were, ``ECE`` and for every class ``ECE/<class>``, with the first scale of the logits.
        """
        scores = self.scores
        named: dict[str, Any] = {
            'mIoU': scores.mean_iou,
            'mAcc': scores.mean_accuracy,
            'aAcc': scores.pixel_accuracy,
            'mF1': scores.mean_f1,
            'fwIoU': scores.weighted_iou,
        }
        if self.tail:
            named['tail_mIoU'] = self.tail_iou
        for score, values in (
            ('IoU', scores.iou),
            ('Acc', scores.accuracy),
            ('Precision', scores.precision),
            ('F1', scores.f1),
        ):
            named |= {
                score_name(score, name): value
                for name, value in zip(self.classes, values, strict=True)
            }
        if self.boundary_scores and self.boundary_quality:
            widths = self.boundary_quality.trimap_widths
            named |= self.boundary_scores.named(self.classes, widths)
        for first in [*self.reliabilities.values()][:1]:
            named['ECE'] = first.error
            named |= {
                score_name('ECE', name): value
                for name, value in zip(self.classes, first.class_error, strict=True)
            }
        return {name: 100 * float(value) for name, value in named.items()}
