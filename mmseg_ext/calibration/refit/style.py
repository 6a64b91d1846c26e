"""Directions of the features that a change of style moves, and the projection without them."""

import numpy as np


class StyleMoments:
    """Second moments of features, and of what styles change in them, summed up in float64.

    Args:
        channels: Channels D of the features.

    Source: arXiv 2302.09795, section 3; uncentred, as in its released code.
    """

    def __init__(self, channels: int) -> None:
        self._all = np.zeros((channels, channels))
        self._changes = np.zeros((channels, channels))
        self._pixels = 0
        self._pairs = 0

    def add(self, features: np.ndarray, styled: np.ndarray) -> None:
        """Add pixels of an image and of its styled copies.

        Args:
            features: A, floating-point, shape (N, D).
            styled: A_j, the features of the same pixels in S copies, shape (S, N, D).
        """
        plain = features.astype(np.float64)
        self._all += plain.T @ plain
        self._pixels += len(plain)
        for copy in styled:
            values = copy.astype(np.float64)
            self._all += values.T @ values
            self._pixels += len(values)
            change = plain - values
            self._changes += change.T @ change
            self._pairs += len(values)

    def merge(self, other: 'StyleMoments') -> None:
        """Add what another has summed up."""
        self._all += other._all
        self._changes += other._changes
        self._pixels += other._pixels
        self._pairs += other._pairs

    @property
    def total(self) -> np.ndarray:
        """Σ, the mean of A Aᵀ over all pixels, float64, shape (D, D)."""
        return self._all / max(1, self._pixels)

    @property
    def changes(self) -> np.ndarray:
        """Σ_Δ, the mean of (A - A_j)(A - A_j)ᵀ over all pairs, float64, shape (D, D)."""
        return self._changes / max(1, self._pairs)


def style_projection(
    total: np.ndarray, changes: np.ndarray, weight: float = 1.0, keep: float = 0.98
) -> np.ndarray:
    """Return the projection onto what carries the features and is little moved by styles.

    Args:
        total: Σ, shape (D, D), symmetric.
        changes: Σ_Δ, shape (D, D), symmetric.
        weight: λ, how much a change counts against what a direction carries.
        keep: η, the share of the directions that are kept: the floor of η D.

    Returns:
        P = Q Qᵀ, float64, shape (D, D), where Q holds the eigenvectors of Σ - λ Σ_Δ with the
        largest eigenvalues.

    Raises:
        ValueError: The shapes differ, ``weight`` is negative or ``keep`` keeps no direction.

    Source: arXiv 2302.09795; λ = 1 and η = 0.98 are the best trade-off of its released results.

    Example:
        >>> moved = np.diag([0.0, 9.0, 0.0])
        >>> style_projection(np.diag([1.0, 8.0, 2.0]), moved, keep=0.67).round(1).diagonal()
        array([1., 0., 1.])
    """
    channels = len(total)
    if total.shape != (channels, channels) or changes.shape != total.shape:
        raise ValueError(f'moments of shapes {total.shape} and {changes.shape}')
    kept = directions_kept(channels, keep)
    if not (weight >= 0 and keep <= 1 and kept >= 1):
        raise ValueError(
            f'weight={weight}, keep={keep}: give a weight from 0, and a share that keeps 1 to '
            f'{channels} of {channels} directions'
        )
    _, vectors = np.linalg.eigh(total - weight * changes)
    largest = vectors[:, channels - kept :]
    return largest @ largest.T


def directions_kept(channels: int, keep: float) -> int:
    """Return the floor of η D."""
    return int(np.floor(round(keep * channels, 9)))
