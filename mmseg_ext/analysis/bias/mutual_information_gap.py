"""MIG: by how much one channel knows more of a factor than the next best."""

import numpy as np

from mmseg_ext.analysis.bias.spread import gap_of_best

BINS = 20


def mutual_information_gap(
    latents: np.ndarray, factors: np.ndarray, bins: int = BINS
) -> np.ndarray:
    """Compute the mutual information gap of each factor.

    With I the mutual information, H the entropy, and z_(1), z_(2) the latents that share most with
    factor v:

        MIG(v) = (I(z_(1); v) - I(z_(2); v)) / H(v)

    The paper's MIG is the mean over factors. It does not change with the order of the latents, nor
    with the scale or offset of any.

    Args:
        latents: One row a sample, float, shape (N, D), D at least 2.
        factors: Discrete values, integers from 0, shape (N, K).
        bins: Bins of equal width from the least to the greatest value of each latent.

    Returns:
        np.ndarray: In [0, 1], float64, shape (K,); NaN for a factor that has one value alone.

    Source: Chen, Li, Grosse, Duvenaud, NeurIPS 2018, arXiv 1802.04942, eq. 6; latents in 20 bins as
    Locatello et al., ICML 2019, arXiv 1811.12359, appendix C.
    """
    binned = _binned(latents, bins)
    shared = np.stack([mutual_information(binned, factor) for factor in factors.T], axis=1)
    # What a factor shares with itself is its entropy.
    entropy = np.array([mutual_information(factor[:, None], factor)[0] for factor in factors.T])
    gap = gap_of_best(shared)
    return np.divide(gap, entropy, out=np.full(len(entropy), np.nan), where=entropy > 0)


def mutual_information(binned: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """Compute the mutual information of discrete variables with a factor, in nats.

    Args:
        binned: Integers from 0, shape (N, D).
        factor: Integers from 0, shape (N,).

    Returns:
        np.ndarray: At least 0, float64, shape (D,): of the shares p found, the sum of
        p(z, v) log(p(z, v) / (p(z) p(v))).
    """
    values = int(factor.max()) + 1
    found = []
    for latent in binned.T:
        states = int(latent.max()) + 1
        joint = np.bincount(latent * values + factor, minlength=states * values)
        shares = joint.reshape(states, values) / len(factor)
        independent = shares.sum(1, keepdims=True) * shares.sum(0)
        ratios = np.divide(shares, independent, out=np.ones_like(shares), where=shares > 0)
        logarithms = np.log(ratios)
        found.append(max(0.0, float((shares * logarithms).sum())))
    return np.array(found)


def _binned(latents: np.ndarray, bins: int) -> np.ndarray:
    latents = latents.astype(np.float64)
    low, high = latents.min(0), latents.max(0)
    width = np.where(high > low, high - low, 1)
    return np.minimum((latents - low) / width * bins, bins - 1).astype(np.int64)
