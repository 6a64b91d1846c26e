"""Multinomial logistic regression on frozen features: the last layer of a network, fitted anew."""

from typing import NamedTuple

import numpy as np
import torch
from scipy.optimize import minimize

RIDGE = 1e-5
_PIXELS_AT_ONCE = 2**15


class Classifier(NamedTuple):
    """Logits W a + b of features a.

    Attributes:
        weight: W, float64, shape (C, D).
        bias: b, float64, shape (C,).
    """

    weight: np.ndarray
    bias: np.ndarray


def refit_classifier(
    features: np.ndarray,
    labels: np.ndarray,
    start: Classifier,
    projection: np.ndarray | None = None,
    balance: float = 0.0,
    ridge: float = RIDGE,
    iterations: int = 100,
) -> Classifier:
    """Minimise the weighted mean cross-entropy of softmax(W P a + b) plus ``ridge`` |W|² by L-BFGS.

    The problem is convex; the start saves time. The weights of a class without labelled pixels
    stay as they start, since nothing tells what they should be.

    Args:
        features: a of N labelled pixels, float32, shape (N, D).
        labels: Their class ids, int64, shape (N,).
        start: The classifier that the network has.
        projection: P, symmetric, shape (D, D); the identity by default.
        balance: β in 0..1. A pixel weighs the share of its class in ``labels`` to the power -β: 0
            weighs all pixels alike, 1 all classes.
        ridge: Weight of |W|².
        iterations: Most steps of L-BFGS.

    Returns:
        W P and b: the projection is folded in, so that the network stays the one it is.

    Raises:
        ValueError: There are no pixels, a label is no class, or ``balance`` is out of range.

    Source: arXiv 2302.09795 for P, arXiv 1910.09217, section 4.1, for the refit; weights by the
    share of the class, our decision.
    """
    classes, channels = start.weight.shape
    _check(features, labels, classes, channels, balance)
    counts = np.bincount(labels, minlength=classes)
    seen = counts > 0
    of_class = np.where(seen, np.maximum(counts, 1) / len(labels), 1.0) ** -balance
    per_pixel = torch.from_numpy(of_class)[torch.from_numpy(labels)]
    mass = float(per_pixel.sum())
    matrix = None if projection is None else torch.from_numpy(projection).float()
    free = torch.from_numpy(seen)

    def objective(point: np.ndarray) -> tuple[float, np.ndarray]:
        both = torch.from_numpy(point).reshape(classes, channels + 1)
        weight, bias = both[:, :-1], both[:, -1]
        total, slope = 0.0, torch.zeros_like(both)
        for begin in range(0, len(labels), _PIXELS_AT_ONCE):
            part = slice(begin, begin + _PIXELS_AT_ONCE)
            chunk = torch.from_numpy(features[part])
            chunk = (chunk if matrix is None else chunk @ matrix).double()
            ids = torch.from_numpy(labels[part])
            logs = torch.addmm(bias, chunk, weight.T).log_softmax(1)
            pixel = per_pixel[part]
            total -= float(logs.gather(1, ids[:, None])[:, 0] @ pixel)
            error = logs.exp_()
            error[torch.arange(len(ids)), ids] -= 1
            error *= pixel[:, None]
            slope[:, :-1] += error.T @ chunk
            slope[:, -1] += error.sum(0)
        slope /= mass
        slope[:, :-1] += 2 * ridge * weight
        # A class that is nowhere labelled stays as it is.
        slope[~free] = 0
        kept = weight[free]
        return total / mass + ridge * float(kept.square().sum()), slope.flatten().numpy()

    begin = np.concatenate([start.weight, start.bias[:, None]], axis=1).astype(np.float64)
    found = minimize(
        objective,
        begin.ravel(),
        jac=True,
        method='L-BFGS-B',
        options=dict(maxiter=iterations, maxfun=2 * iterations, ftol=1e-9, gtol=1e-6),
    )
    both = found.x.reshape(classes, channels + 1)
    weight = both[:, :-1] if projection is None else both[:, :-1] @ projection
    return Classifier(weight, both[:, -1])


def _check(
    features: np.ndarray, labels: np.ndarray, classes: int, channels: int, balance: float
) -> None:
    if features.shape != (len(labels), channels) or not len(labels):
        raise ValueError(
            f'features of shape {features.shape} and {len(labels)} labels for a classifier of '
            f'{channels} channels'
        )
    if labels.min() < 0 or labels.max() >= classes:
        raise ValueError(f'labels from {labels.min()} to {labels.max()} for {classes} classes')
    if not 0 <= balance <= 1:
        raise ValueError(f'balance={balance}: give a number from 0 to 1')
