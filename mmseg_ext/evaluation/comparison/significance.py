"""Is a difference more than noise? Two kinds of noise: which images, and which seed.

The difference of two methods is that of their IoUs averaged over seeds. Its variance is taken as
the sum of two parts. From the images: a paired bootstrap, in which every run is scored on the same
drawn images. From the seeds: s²/S + s'²/S' of the variances between the runs of each method, as in
Welch's t-test, since nothing says that two methods vary alike: pooling them called 18 % of methods
different that were not, where three runs of one varied five times as much as the five of the other,
and this 7 %. The test is on Student's t with the degrees of freedom of the seeds by Welch and
Satterthwaite, or n - 1 for n units of images where these are fewer or there is one run of each
method. Satterthwaite's formula over seeds and images together would give more, and called up to 14
% of simulated classes different that were not. What varies with both seed and image is in either
part, which is careful as well. Two runs may be close by chance: they have one degree of freedom,
with which little can be proved. Where one of two methods has one run, its seeds are taken to vary
as the other's do. With one run of each nothing is known of the seeds: then the test is about the
images alone. Either is said.

The units of the images, single ones, drives or blocks, are what is drawn, and n is the effective
number of those that show a class (:mod:`~mmseg_ext.evaluation.comparison.observed`), since a class
of one image has the same IoU in every resample. With N in its place, classes of 1, 2 and 5 of 50
images that were no different were called so in 100, 37 and 12 % of simulated comparisons, with n
in at most 6.5 % of any setting. The labelled pixels bound it because false ones in every image hide
how few show the class: without the bound, classes of 1000 pixels in each of 1, 2 and 3 of 50
images, and 20 false ones in every image, were called different in 74, 19 and 11 %, with it in 0, 0
and 2 %, and in at most 6.8 % of any setting with such predictions.

A class that is labelled nowhere has no IoU to compare: the 0 of whoever predicts it would be a
question of Holm's family and raise the p-values of the others.

Classes are many questions at once: their p-values are adjusted by Holm's method, over all classes
of all methods in the comparison, so that the chance of any false "distinguishable" among them stays
below 5 %. The means (mIoU, tail mIoU) are a family of their own, adjusted likewise.

Sources: Efron & Tibshirani 1993; Welch, Biometrika 34, 1947; Holm, Scandinavian Journal of
Statistics 6, 1979. Their combination is our decision.
"""

import numpy as np

# Not `scipy.stats`, whose import takes longer than a whole comparison.
from scipy.special import stdtr

SIGNIFICANCE = 0.05


def p_values(
    changes: np.ndarray,
    samples: np.ndarray,
    baseline: np.ndarray,
    method: np.ndarray,
    units: np.ndarray,
) -> np.ndarray:
    """Test differences of seed means against no difference.

    Args:
        changes: The differences, fractions, shape (Q,); NaN where there is none.
        samples: Each in every resample of the images, shape (R, Q).
        baseline: What the baseline's runs have, shape (S, Q).
        method: What the method's runs have, likewise.
        units: Effective number of units of each, shape (Q,).

    Returns:
        np.ndarray: Not adjusted, shape (Q,); NaN where there is no difference to test.
    """
    present = ~np.isnan(changes)
    image_variance = np.full(len(changes), np.nan)
    image_variance[present] = np.nanvar(samples[:, present], axis=0)
    seed_variance, freedom = _seed_noise(baseline, method)
    with np.errstate(divide='ignore', invalid='ignore'):
        # The bootstrap takes the variance of the images over n, like any plug-in estimate.
        image_variance = image_variance * units / (units - 1)
        statistic = np.abs(changes) / np.sqrt(image_variance + seed_variance)
    degrees = np.minimum(freedom, units - 1)
    testable = (changes != 0) & (units > 1)
    with np.errstate(invalid='ignore'):
        tested = np.where(testable, 2 * stdtr(degrees, -statistic), 1.0)
    return np.where(present, tested, np.nan)


def _seed_noise(baseline: np.ndarray, method: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the variance of the difference of means between seeds, and its degrees of freedom."""
    sides = [side for side in (baseline, method) if len(side) > 1]
    if not sides:
        return np.zeros(baseline.shape[1]), np.full(baseline.shape[1], np.inf)
    variances = [side.var(0, ddof=1) for side in sides]
    if len(sides) == 1:
        (runs,) = map(len, sides)
        return variances[0] * (1 + 1 / runs), np.full(baseline.shape[1], runs - 1.0)
    parts = [v / len(side) for v, side in zip(variances, sides, strict=True)]
    squares = sum(part**2 / (len(side) - 1) for part, side in zip(parts, sides, strict=True))
    least = min(map(len, sides)) - 1.0
    with np.errstate(invalid='ignore'):
        freedom = np.where((squares > 0) & (least > 1), sum(parts) ** 2 / squares, least)
    return sum(parts), freedom


def holm(p_values: np.ndarray) -> np.ndarray:
    """Adjust p-values by Holm's step-down method; NaN stays NaN and is no question.

    Args:
        p_values: Of the single questions, shape (Q,).

    Returns:
        np.ndarray: Below a level exactly where the method rejects at that level, shape (Q,).
    """
    adjusted = np.full(len(p_values), np.nan)
    order = [int(q) for q in np.argsort(p_values) if not np.isnan(p_values[q])]
    largest = 0.0
    for rank, q in enumerate(order):
        largest = max(largest, min(1.0, (len(order) - rank) * float(p_values[q])))
        adjusted[q] = largest
    return adjusted
