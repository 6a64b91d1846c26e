"""SAP: by how much one channel predicts a factor better than the next best."""

import numpy as np

from mmseg_ext.analysis.bias.spread import gap_of_best


def attribute_predictability_gap(latents: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """Compute the separated attribute predictability (SAP) of each factor.

    With S the score of a classifier that sees one latent alone, and z_(1), z_(2) the latents with
    the best scores:

        SAP(v) = S(z_(1), v) - S(z_(2), v)

    The paper's SAP is the mean over factors. The classifier is a threshold, which is what a linear
    one is in one dimension, and says on which side the factor is 1; it is fitted on the rows of
    even number and scored on the others. The score is the share of ones that it finds minus that of
    zeros that it takes for ones, 2 * balanced accuracy - 1, and at least 0.

    Args:
        latents: One row a sample, float, shape (N, D), D at least 2; rows in random order.
        factors: 0 or 1, shape (N, K).

    Returns:
        np.ndarray: In [0, 1], float64, shape (K,); NaN for a factor that has one value alone in
        one of the halves.

    Source: Kumar, Sattigeri, Balakrishnan, ICLR 2018, arXiv 1711.00848, section 3. They take the
    balanced accuracy of thresholds for what is categorical, and Locatello et al., ICML 2019, that
    of a linear SVM. That a latent of no use scores 0, as by R² for continuous factors, so that the
    gap reaches 1, and the fit of the threshold to the score itself, are our decision.
    """
    scores = np.stack(
        [threshold_scores(latents[::2], v[::2], latents[1::2], v[1::2]) for v in factors.T], axis=1
    )
    return gap_of_best(scores)


def threshold_scores(
    latents: np.ndarray, factor: np.ndarray, new_latents: np.ndarray, new_factor: np.ndarray
) -> np.ndarray:
    """Fit a threshold to each latent, and score it on new samples.

    Args:
        latents: Shape (N, D).
        factor: 0 or 1, shape (N,).
        new_latents: Shape (M, D).
        new_factor: 0 or 1, shape (M,).

    Returns:
        np.ndarray: In [0, 1], float64, shape (D,); NaN where a factor has one value alone.
    """
    ones, new_ones = factor.astype(bool), new_factor.astype(bool)
    if ones.all() or not ones.any() or new_ones.all() or not new_ones.any():
        return np.full(latents.shape[1], np.nan)
    order = latents.argsort(0)
    ascending = np.take_along_axis(latents, order, 0)
    is_one = ones[order]
    # Ones minus zeros up to each sample, in shares of their own.
    excess = is_one.cumsum(0) / ones.sum() - (~is_one).cumsum(0) / (~ones).sum()
    # A threshold does not come between equal values, nor behind the last.
    cuts = np.diff(ascending, axis=0) > 0
    best = np.where(cuts, np.abs(excess[:-1]), 0).argmax(0)
    column = np.arange(latents.shape[1])
    # Halfway between the two values.
    threshold = (ascending[best, column] + ascending[best + 1, column]) / 2
    below = new_latents <= threshold
    new_excess = below[new_ones].mean(0) - below[~new_ones].mean(0)
    return np.maximum(new_excess * np.sign(excess[best, column]), 0)
