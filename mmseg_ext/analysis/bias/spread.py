"""How class information is spread over the channels of the classified feature."""

from dataclasses import dataclass

import numpy as np


def channel_importance(weight: np.ndarray, deviation: np.ndarray) -> np.ndarray:
    """How much each channel speaks for each class.

    The weight of the channel in the logit, less its mean over the classes (what moves all logits
    alike changes no prediction), where positive; times the standard deviation of the channel, so
    that scaling a channel and its weights back changes nothing. A negative weight is left out: it
    says what the pixel is not, and the softmax puts some on every channel of another class, so that
    even a channel of one class alone would seem to be shared by all.

    Args:
        weight: Weights of the last 1x1 classifier, shape (C, D).
        deviation: Standard deviation of each channel over the data, shape (D,).

    Returns:
        np.ndarray: Not negative, float64, shape (D, C).

    Source: the matrix R of Eastwood & Williams, ICLR 2018, section 2, with the model's own
    classifier in the place of their lasso on standardised codes; the positive part is that of
    class suppression (our decision).
    """
    centred = weight.astype(np.float64) - weight.mean(0, dtype=np.float64)
    return np.maximum(centred, 0).T * deviation.astype(np.float64)[:, None]


@dataclass(frozen=True)
class ChannelSpread:
    """Disentanglement and completeness, in [0, 1].

    Attributes:
        disentanglement: 1 where every channel matters to a single class, 0 where all matter
            equally to all; the mean over channels, weighted by their importance.
        completeness: 1 where every class rests on a single channel, 0 where each rests
            equally on all; the mean over classes.
        completeness_of: Of each class, float64, shape (C,); NaN for a class to which
            no channel matters.
    """

    disentanglement: float
    completeness: float
    completeness_of: np.ndarray

    @classmethod
    def of(cls, importance: np.ndarray) -> 'ChannelSpread':
        """Score an importance matrix.

        Args:
            importance: Not negative, shape (D, C), D and C at least 2.

        Raises:
            ValueError: If it is zero everywhere or has another shape.

        Source: Eastwood & Williams, ICLR 2018, section 2.
        """
        if importance.ndim != 2 or min(importance.shape) < 2 or not importance.any():
            raise ValueError(
                f'expected an importance matrix of at least 2 channels and 2 classes that is not '
                f'zero, got shape {importance.shape}'
            )
        disentangled = _concentration(importance)
        weights = importance.sum(1) / importance.sum()
        complete = _concentration(importance.T)
        return cls(
            disentanglement=float(np.where(weights > 0, weights * disentangled, 0).sum()),
            completeness=float(np.nanmean(complete)),
            completeness_of=complete,
        )


def _concentration(importance: np.ndarray) -> np.ndarray:
    """1 minus the entropy of each row as shares, in units of the greatest; NaN for a zero row."""
    with np.errstate(invalid='ignore'):
        shares = importance / importance.sum(1, keepdims=True)
    logarithms = np.log(np.where(shares > 0, shares, 1))
    return 1 + (shares * logarithms).sum(1) / np.log(importance.shape[1])


def gap_of_best(scores: np.ndarray) -> np.ndarray:
    """Return the best score less the second best, of each column.

    Args:
        scores: Shape (D, K), D at least 2.

    Returns:
        np.ndarray: Shape (K,); NaN where the scores are.
    """
    second, best = np.sort(scores, axis=0)[-2:]
    return best - second
