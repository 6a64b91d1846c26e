"""A method against a baseline, class by class and in their means."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mmseg_ext.errors import ConfigError, DataError
from mmseg_ext.evaluation.boundary_quality import BoundaryQuality
from mmseg_ext.evaluation.comparison.methods import AlignedCounts, Method, align
from mmseg_ext.evaluation.comparison.significance import (
    SIGNIFICANCE,
    effective_images,
    holm,
    p_values,
)
from mmseg_ext.evaluation.intervals import (
    RESAMPLES,
    draw_images,
    percentile_interval,
    resampled_scores,
    resampled_sums,
)
from mmseg_ext.evaluation.scores import ClassScores, mean_of_present

_BOUNDARY_MEANS = ['Boundary IoU', 'Boundary F']


@dataclass(frozen=True)
class Difference:
    """A method against the baseline in one IoU or mean; fractions.

    A class that is labelled in no image has no IoU here, whether predicted or not.

    Attributes:
        name (str): Class, or the name of a mean.
        baseline (float): Mean over the baseline's seeds.
        method (float): Mean over the method's seeds.
        interval (np.ndarray): 95 % interval of the difference over images, paired, shape (2,).
        baseline_spread (float): Standard deviation between the baseline's seeds; NaN with one.
        method_spread (float): Likewise of the method.
        p_value (float): Of no difference, adjusted for the number of questions; NaN where there is
            no difference.
        images (float): Effective number of images that show the class; of a mean the least of its
            labelled classes; NaN where there is none.
    """

    name: str
    baseline: float
    method: float
    interval: np.ndarray
    baseline_spread: float
    method_spread: float
    p_value: float
    images: float

    @property
    def change(self) -> float:
        """Method minus baseline."""
        return self.method - self.baseline

    @property
    def beyond_noise(self) -> bool:
        """Whether the adjusted p-value is below 5 %."""
        return self.p_value < SIGNIFICANCE


@dataclass(frozen=True)
class Comparison:
    """One method against the baseline.

    Attributes:
        baseline (Method): The baseline.
        method (Method): The method.
        classes (list[Difference]): Class by class.
        means (list[Difference]): `mIoU`, `tail mIoU` where the baseline has a tail, and the means
            `Boundary IoU` and `Boundary F` where all runs counted them with the same settings: over
            the classes that are labelled in the images, or have a boundary there, and so over the
            same ones for both methods.
    """

    baseline: Method
    method: Method
    classes: list[Difference]
    means: list[Difference]

    @property
    def rows(self) -> list[Difference]:
        """All of the table: the classes, then the means."""
        return [*self.classes, *self.means]

    @property
    def seeds_known(self) -> bool:
        """Whether any method has several runs, so that the noise of the seeds is known."""
        return len(self.baseline.runs) + len(self.method.runs) > 2


def compare(
    baseline: Method, methods: Sequence[Method], resamples: int = RESAMPLES, seed: int = 0
) -> list[Comparison]:
    """Compare methods with a baseline, class by class and in their means.

    Args:
        baseline: The baseline. Its tail is the tail.
        methods: The others, evaluated on the same images.
        resamples: Bootstrap resamples.
        seed: Seed of the draws.

    Returns:
        One comparison a method.

    Raises:
        ConfigError: If two of them have the same name.
        DataError: If the evaluations are not of the same data, or of one image only.
    """
    counts = align([baseline, *methods])
    called = [method.name for method in (baseline, *methods)]
    for name in called:
        if called.count(name) > 1:
            raise ConfigError(f'two methods are called {name!r}: name them apart, NAME=RUN')
    first = baseline.runs[0]
    if len(first.images) < 2:
        raise DataError('a comparison needs two images or more: one shows no spread')
    draws = draw_images(len(first.images), resamples, seed)
    names = [*first.classes, 'mIoU', *(['tail mIoU'] if first.tail else [])]
    quality = None if counts[0].boundary is None else first.boundary_quality
    if quality is not None:
        names += _BOUNDARY_MEANS
    found = [_quantities(of_method, draws, first.tail_ids, quality) for of_method in counts]
    raw = [
        _differences(
            names, found[0], other, _images([counts[0], of_method], first.tail_ids, quality)
        )
        for of_method, other in zip(counts[1:], found[1:], strict=True)
    ]
    of_classes = len(first.classes)
    classes = _adjusted([differences[:of_classes] for differences in raw])
    means = _adjusted([differences[of_classes:] for differences in raw])
    return [
        Comparison(baseline, method, class_differences, mean_differences)
        for method, class_differences, mean_differences in zip(methods, classes, means, strict=True)
    ]


@dataclass(frozen=True)
class _Quantities:
    """Class IoUs and means of a method: of its runs (S, Q), and resampled, seed mean (R, Q)."""

    runs: np.ndarray
    resampled: np.ndarray


def _quantities(
    counts: AlignedCounts, draws: np.ndarray, tail: list[int], quality: BoundaryQuality | None
) -> _Quantities:
    def quantities(scores: ClassScores, boundary: np.ndarray | None) -> np.ndarray:
        of_labelled = scores.iou_of_labelled
        means = [mean_of_present(of_labelled)]
        if tail:
            means.append(mean_of_present(of_labelled[..., tail]))
        if quality is not None and boundary is not None:
            means += _boundary_means(quality, boundary)
        return np.concatenate([of_labelled, np.stack(means, axis=-1)], axis=-1)

    resampled = [
        quantities(
            resampled_scores(matrices, draws),
            None
            if counts.boundary is None
            else resampled_sums(counts.boundary[run], counts.boundary[run, :, -1], draws),
        )
        for run, matrices in enumerate(counts.matrices)
    ]
    return _Quantities(
        runs=quantities(
            ClassScores.from_confusion(counts.matrices.sum(1)),
            None if counts.boundary is None else counts.boundary.sum(1),
        ),
        resampled=np.mean(resampled, axis=0),
    )


def _images(
    pair: Sequence[AlignedCounts], tail: list[int], quality: BoundaryQuality | None
) -> np.ndarray:
    """Effective number of images of the classes, and of the means, shape (Q,)."""
    runs = np.concatenate([counts.matrices for counts in pair])
    hits = np.diagonal(runs, axis1=2, axis2=3)
    labelled = runs[0].sum(2)
    # Stray predictions in many images do not make a class known from more than those that have it.
    images = np.minimum(
        effective_images(labelled),
        effective_images((runs.sum(2) + runs.sum(3) - hits).sum(0)),
    )
    present = np.flatnonzero(labelled.sum(0))
    means = [present, *([np.intersect1d(tail, present)] if tail else [])]
    means += [present] * (len(_BOUNDARY_MEANS) if quality else 0)
    return np.array([*images, *(min(images[classes], default=np.nan) for classes in means)])


def _boundary_means(quality: BoundaryQuality, counts: np.ndarray) -> list[np.ndarray]:
    scores = quality.score(counts)
    bands, contours = counts[..., 1, :], counts[..., -1, :]
    return [
        mean_of_present(np.where(true > 0, values, np.nan))
        for true, values in ((bands, scores.boundary_iou), (contours, scores.f_score))
    ]


def _differences(
    names: Sequence[str], baseline: _Quantities, method: _Quantities, images: np.ndarray
) -> list[Difference]:
    samples = method.resampled - baseline.resampled
    intervals = percentile_interval(samples)
    spreads = [_spread(side.runs) for side in (baseline, method)]
    means = [side.runs.mean(0) for side in (baseline, method)]
    tested = p_values(means[1] - means[0], samples, baseline.runs, method.runs, images)
    return [
        Difference(
            name, float(means[0][q]), float(means[1][q]), intervals[:, q], float(spreads[0][q]),
            float(spreads[1][q]), float(tested[q]), float(images[q]),
        )
        for q, name in enumerate(names)
    ]  # fmt: skip


def _spread(runs: np.ndarray) -> np.ndarray:
    return runs.std(0, ddof=1) if len(runs) > 1 else np.full(runs.shape[1], np.nan)


def _adjusted(families: list[list[Difference]]) -> list[list[Difference]]:
    """Adjust the p-values of all methods together, by Holm's method."""
    flat = [difference for family in families for difference in family]
    adjusted = iter(holm(np.array([difference.p_value for difference in flat])))
    return [[replace(d, p_value=float(next(adjusted))) for d in family] for family in families]
