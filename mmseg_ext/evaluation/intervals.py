"""Confidence intervals by bootstrap over images."""

import numpy as np

from mmseg_ext.evaluation.scores import ClassScores

RESAMPLES = 1000


def draw_images(images: int, resamples: int = RESAMPLES, seed: int = 0) -> np.ndarray:
    """Draw as many images as there are, with replacement, again and again.

    Args:
        images: Number of images N.
        resamples: Number of resamples R.
        seed: Seed of the draws.

    Returns:
        np.ndarray: How often each image was drawn, int64, shape (R, N).

    Raises:
        ValueError: If there is no image.
    """
    if images < 1:
        raise ValueError('the bootstrap needs N >= 1 images, got none')
    return np.random.default_rng(seed).multinomial(
        images, np.full(images, 1 / images), size=resamples
    )


def resampled_scores(matrices: np.ndarray, draws: np.ndarray) -> ClassScores:
    """Score the sum of the matrices of every resample.

    Args:
        matrices: One confusion matrix per image, int, shape (N, C, C).
        draws: Of :func:`draw_images`, shape (R, N). The same draws for two models
            make their scores a pair in each resample.

    Returns:
        ClassScores: Of shape (R, C): the uncertainty that comes from which images happened to be
        tested, not the one between training seeds.

    Source: Efron & Tibshirani 1993, chapter 13.
    """
    counts = np.stack(
        [np.diagonal(matrices, axis1=1, axis2=2), matrices.sum(2), matrices.sum(1)], axis=1
    )
    sums = resampled_sums(counts, matrices.sum(2), draws)
    return ClassScores(*np.moveaxis(sums, 1, 0))


def resampled_sums(counts: np.ndarray, labelled: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Sum the counts of the images of every resample.

    A class that is labelled in none of the drawn images has the counts of all images there.
    Otherwise one stray pixel would take its IoU to 0, and without a stray pixel the mean would be
    over other classes: neither says how uncertain the score is.

    Args:
        counts: Of every class in every image, int, shape (N, ..., C).
        labelled: Pixels by which a class is known to be there, shape (N, C).
        draws: Of :func:`draw_images`, shape (R, N).

    Returns:
        np.ndarray: float64, shape (R, ..., C).
    """
    sums, present = (drawn_sums(each, draws) for each in (counts, labelled))
    between = tuple(range(1, counts.ndim - 1))
    return np.where(np.expand_dims(present > 0, between), sums, counts.sum(0))


def drawn_sums(counts: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Sum the counts of the images of every resample as they are.

    Args:
        counts: Of every image, int, shape (N, ...).
        draws: Of :func:`draw_images`, shape (R, N).

    Returns:
        np.ndarray: float64, shape (R, ...).
    """
    # float64 sums of counts are exact below 2**53 pixels, and go through BLAS.
    sums = draws.astype(np.float64) @ counts.reshape(len(counts), -1).astype(np.float64)
    return sums.reshape(len(draws), *counts.shape[1:])


def percentile_interval(samples: np.ndarray, confidence: float = 0.95) -> np.ndarray:
    """Return the ends between which the middle share of the resamples lies.

    Args:
        samples: A score in every resample, shape (R, ...); NaN where it has none.
        confidence: Probability mass of the interval, in (0, 1).

    Returns:
        np.ndarray: Lower and upper ends, float64, shape (2, ...); NaN where no resample has one.
    """
    ends = [50 * (1 - confidence), 50 * (1 + confidence)]
    columns = samples.reshape(len(samples), -1)
    present = ~np.isnan(columns).all(0)
    result = np.full((2, columns.shape[1]), np.nan)
    if present.any():
        result[:, present] = np.nanpercentile(columns[:, present], ends, axis=0)
    return result.reshape(2, *samples.shape[1:])
