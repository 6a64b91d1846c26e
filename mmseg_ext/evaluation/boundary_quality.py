"""Boundary quality of an evaluation: what is counted for each image, and the scores."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmseg_ext.common.errors import ConfigError, nearest
from mmseg_ext.common.score_names import score_name
from mmseg_ext.evaluation.boundary_band import boundary_iou_counts, known_maps, trimap_counts
from mmseg_ext.evaluation.boundary_match import boundary_f_scores, boundary_match_counts
from mmseg_ext.evaluation.scores import ClassScores, mean_of_present


@dataclass(frozen=True)
class BoundaryScores:
    """Scores of one set of images, or of a stack of sets.

    All are fractions, NaN for a class without a boundary, which the means leave out.

    Attributes:
        boundary_iou: Boundary IoU, float64, shape (..., C).
        trimap_iou: IoU within each of the T trimaps, float64, shape (..., T, C).
        precision: Share of the predicted boundary that is right, shape (..., C).
        recall: Share of the true boundary that is found, shape (..., C).
        f_score: Harmonic mean of both, shape (..., C).
    """

    boundary_iou: np.ndarray
    trimap_iou: np.ndarray
    precision: np.ndarray
    recall: np.ndarray
    f_score: np.ndarray

    def named(self, classes: Sequence[str], widths: Sequence[float]) -> dict[str, np.ndarray]:
        """Return every score by its name in logs.

        Args:
            classes: The C class names.
            widths: Of the T trimaps, as given to :class:`BoundaryQuality`.

        Returns:
            dict[str, np.ndarray]: Fractions, shape (...): ``mBoundaryIoU``, ``mBoundaryF``,
            ``mTrimapIoU_<width>``, and the same without the ``m`` for every class:
            ``BoundaryIoU/<class>`` and so on, with ``BoundaryPrecision`` and ``BoundaryRecall``.
            A width is written ``4px`` or, as a percentage of the diagonal, ``2pc``.
        """
        trimaps = {
            f'TrimapIoU_{width_name(width)}': self.trimap_iou[..., index, :]
            for index, width in enumerate(widths)
        }
        by_class = {'BoundaryIoU': self.boundary_iou, 'BoundaryF': self.f_score, **trimaps}
        named = {f'm{name}': mean_of_present(values) for name, values in by_class.items()}
        by_class |= {'BoundaryPrecision': self.precision, 'BoundaryRecall': self.recall}
        for name, values in by_class.items():
            named |= {score_name(name, label): values[..., c] for c, label in enumerate(classes)}
        return named


class BoundaryQuality:
    """Counts boundary quality image by image, and scores the sum of the counts.

    A width is a whole number of pixels from 1, or a fraction below 1 of each image's diagonal,
    rounded to pixels, at least one.

    Args:
        iou_width: Width of Boundary IoU's band inside a mask. The default is the paper's
            for photographs; for Cityscapes it takes 0.005.
        trimap_widths: Widths of the trimaps on each side of a boundary.
        tolerance: Greatest distance between a boundary pixel and its partner. Its cost
            grows with its square.

    Raises:
        ConfigError: If a width is neither.
    """

    def __init__(
        self,
        iou_width: float = 0.02,
        trimap_widths: Sequence[float] = (1, 2, 4, 8),
        tolerance: float = 2,
    ):
        if not isinstance(trimap_widths, Sequence) or not trimap_widths:
            raise ConfigError(f'boundary.trimap_widths={trimap_widths!r}: give one width or more')
        self.iou_width = _checked('iou_width', iou_width)
        self.trimap_widths = tuple(_checked('trimap_widths', width) for width in trimap_widths)
        self.tolerance = _checked('tolerance', tolerance)

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> 'BoundaryQuality':
        """Build it from its arguments, as a config or :attr:`settings` has them.

        Raises:
            ConfigError: If they are no mapping, or a name or a value is none of them.
        """
        if not isinstance(settings, Mapping):
            raise ConfigError(
                f'boundary={settings!r}: give the options as a dict; dict() takes the defaults and '
                'None measures no boundaries'
            )
        known = ('iou_width', 'trimap_widths', 'tolerance')
        for name in settings:
            if name not in known:
                raise ConfigError(f'boundary has no option {name!r}{nearest(name, known)}')
        return cls(**settings)

    @property
    def settings(self) -> dict[str, Any]:
        """The widths, in pixels or fractions of the diagonal: all that a report must know."""
        return {
            'iou_width': self.iou_width,
            'trimap_widths': list(self.trimap_widths),
            'tolerance': self.tolerance,
        }

    @property
    def rows(self) -> int:
        """Number of counts of each class."""
        return 3 + 3 * len(self.trimap_widths) + 4

    def count(
        self, pred: np.ndarray, label: np.ndarray, num_classes: int, ignore_index: int = 255
    ) -> np.ndarray:
        """Count one image.

        Args:
            pred: Predicted class ids, any integer dtype, shape (H, W).
            label: True class ids, likewise.
            num_classes: Number of classes C; 1 to 254.
            ignore_index: Label of the pixels to leave out.

        Returns:
            np.ndarray: int64, shape (3 + 3T + 4, C): `boundary_iou_counts`, `trimap_counts` for
            each width, `boundary_match_counts`. They add up over images.

        Raises:
            ValueError: If the shapes differ, an id that counts is outside 0..C-1, or C is.
        """
        pred, label = known_maps(pred, label, num_classes, ignore_index)
        diagonal = math.hypot(*label.shape)
        trimaps = [
            trimap_counts(pred, label, num_classes, _pixels(width, diagonal))
            for width in self.trimap_widths
        ]
        return np.concatenate(
            [
                boundary_iou_counts(pred, label, num_classes, _pixels(self.iou_width, diagonal)),
                *trimaps,
                boundary_match_counts(pred, label, num_classes, _pixels(self.tolerance, diagonal)),
            ]
        )

    def score(self, counts: np.ndarray) -> BoundaryScores:
        """Score summed counts of shape (..., 3 + 3T + 4, C)."""
        *front, _, classes = counts.shape
        trimaps = counts[..., 3:-4, :].reshape(*front, len(self.trimap_widths), 3, classes)
        precision, recall, f_score = boundary_f_scores(counts[..., -4:, :])
        return BoundaryScores(
            boundary_iou=ClassScores(*np.moveaxis(counts[..., :3, :], -2, 0)).iou,
            trimap_iou=ClassScores(*np.moveaxis(trimaps, -2, 0)).iou,
            precision=precision,
            recall=recall,
            f_score=f_score,
        )


def width_name(width: float) -> str:
    """Write a width within a name: `4px`, or `2pc` for a fraction of 0.02 of the diagonal."""
    return f'{width:g}px' if width >= 1 else f'{100 * width:g}pc'


def width_text(width: float) -> str:
    """Write a width within a text: `4 px`, or `2 %` for a fraction of 0.02 of the diagonal."""
    return f'{width:g} px' if width >= 1 else f'{100 * width:g} %'


def _checked(name: str, width: float) -> float:
    if type(width) in (int, float) and (0 < width < 1 or (1 <= width < 2**31 and width % 1 == 0)):
        return width
    raise ConfigError(
        f'boundary.{name}: {width!r} is neither a whole number of pixels from 1 nor a fraction of '
        "the image's diagonal below 1"
    )


def _pixels(width: float, diagonal: float) -> int:
    return int(width) if width >= 1 else max(1, round(width * diagonal))
