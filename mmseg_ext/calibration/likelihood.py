"""Stage 1: the scale and the biases under which logits are the likeliest."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
from scipy.optimize import minimize

from mmseg_ext.calibration.columns import columns_of

RIDGE = 1e-4
# Of s times the spread of the logits: below, the logits tell nothing of the labels.
_LEAST_SPREAD = 1e-2
_VALUES_AT_ONCE = 2**20


class Likelihood(NamedTuple):
    """Probabilities softmax(s z + b) of logits z.

    Attributes:
        scale: s, above 0.
        bias: b, float64, shape (C,).
    """

    scale: float
    bias: np.ndarray

    @property
    def logit_bias(self) -> np.ndarray:
        """What is added to the logits to decide alike: argmax of s z + b is argmax of z + b/s."""
        return self.bias / self.scale


def fit_likelihood(
    logits: Any, labels: Any, ridge: float = RIDGE, start: Likelihood | None = None
) -> Likelihood:
    """Minimise the mean cross-entropy of softmax(s z + b) plus ``ridge`` |b|², s > 0, by L-BFGS.

    The problem is convex in (s, b), so that the start does not matter but for time. The bias of a
    class without labelled pixels stays 0: nothing tells what it should be.

    Args:
        logits: z of N labelled pixels, shape (N, C).
        labels: Their class ids, shape (N,).
        ridge: Weight of |b|², which also chooses one of all b that differ by a constant.
        start: A fit of similar pixels, which saves time.

    Raises:
        ValueError: As of :func:`~mmseg_ext.calibration.columns.columns_of`.

    Source: our decision; with one bias a class temperature scaling is their vector scaling with
    one scale (Guo et al., ICML 2017, section 4.2).

    Example:
        >>> import numpy as np
        >>> z = np.random.default_rng(0).normal(size=(20000, 3))
        >>> drawn = (2 * z + [0, 1, -1] + np.random.default_rng(1).gumbel(size=z.shape)).argmax(1)
        >>> scale, bias = fit_likelihood(z, drawn)
        >>> round(scale, 1), bool(np.abs(bias - bias[0] - [0, 1, -1]).max() < 0.1)
        (2.0, True)
    """
    columns, ids = columns_of(logits, labels)
    classes, pixels = columns.shape
    labelled = np.bincount(ids, minlength=classes)
    of_label = float(columns[ids, np.arange(pixels)].sum(dtype=np.float64))
    spread = _spread(columns) or 1.0
    # In these units the curvature of a rare class is like that of a common one.
    unit = np.array([1 / spread, *1 / np.sqrt(labelled / pixels + 2 * ridge)])

    def objective(point: np.ndarray) -> tuple[float, np.ndarray]:
        scale, bias = point[0] * unit[0], point[1:] * unit[1:]
        total, slope, of_class = -scale * of_label - labelled @ bias, -of_label, -1.0 * labelled
        shift = torch.from_numpy(bias)[:, None]
        for chunk in _chunks(columns):
            scaled = torch.add(shift, chunk, alpha=scale)
            normaliser = scaled.logsumexp(0)
            probability = scaled.sub_(normaliser).exp_()
            total += float(normaliser.sum())
            slope += float(torch.dot(probability.flatten(), chunk.flatten()))
            of_class = of_class + probability.sum(1).numpy()
        gradient = np.array([slope, *of_class]) / pixels
        gradient[1:] += 2 * ridge * bias
        return total / pixels + ridge * bias @ bias, gradient * unit

    begin = start or Likelihood(1.0, np.zeros(classes))
    found = minimize(
        objective,
        np.array([begin.scale, *np.where(labelled, begin.bias, 0)]) / unit,
        jac=True,
        method='L-BFGS-B',
        bounds=[(_LEAST_SPREAD, None), *((None, None) if count else (0, 0) for count in labelled)],
        options=dict(maxiter=200, ftol=1e-14, gtol=1e-7),
    )
    scale, *bias = found.x * unit
    return Likelihood(float(scale), np.array(bias))


def cross_entropy(columns: np.ndarray, labels: np.ndarray, fit: Likelihood) -> np.ndarray:
    """Cross-entropy of each pixel, in nats.

    Args:
        columns: Logits, float32, shape (C, N).
        labels: int64, shape (N,).
        fit: Which probabilities.

    Returns:
        float64, shape (N,).
    """
    shift = torch.from_numpy(fit.bias)[:, None]
    parts = []
    begin = 0
    for chunk in _chunks(columns):
        logs = torch.add(shift, chunk, alpha=fit.scale).log_softmax(0)
        ids = torch.from_numpy(labels[begin : begin + logs.shape[1]])
        parts.append(-logs.gather(0, ids[None])[0].numpy())
        begin += logs.shape[1]
    return np.concatenate(parts)


def _chunks(columns: np.ndarray) -> Iterator[torch.Tensor]:
    """Yield some pixels after the other in float64, so that memory stays small."""
    pixels = max(1, _VALUES_AT_ONCE // len(columns))
    for begin in range(0, columns.shape[1], pixels):
        yield torch.from_numpy(columns[:, begin : begin + pixels]).double().contiguous()


def _spread(columns: np.ndarray) -> float:
    """Deviation of the logits of a pixel from their mean, over all pixels."""
    squares = sum(float((chunk - chunk.mean(0)).square().sum()) for chunk in _chunks(columns))
    return (squares / columns.size) ** 0.5
