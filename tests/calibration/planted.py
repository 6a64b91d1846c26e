"""Pixels whose best biases are known, because the logits were made wrong by them."""

import numpy as np


def drawn(pixels: int, wrong: list[float], scale: float = 1.0, seed: int = 0):
    """Logits, and labels drawn from softmax(scale (z + wrong)), so that `wrong` is the cure."""
    rng = np.random.default_rng(seed)
    right = rng.normal(0, 2, (pixels, len(wrong)))
    labels = (scale * right + rng.gumbel(size=right.shape)).argmax(1)
    return right - wrong, labels
