"""The shares and the weights of classes, as Python to paste into a config."""

from collections.abc import Sequence
from keyword import iskeyword

import numpy as np

from mmseg_ext.losses.class_weights import weights_of_shares


def shares_text(classes: Sequence[str], pixels: np.ndarray) -> str:
    """Write the percentages of classes: ``train_shares=dict(road=70.1, car=29.9)``.

    Args:
        classes: Their names.
        pixels: Labelled training pixels of each, int (C,), not all 0.
    """
    percents = 100 * pixels / pixels.sum()
    # A rare class keeps its digits.
    shares = {
        name: round(float(share), 3) if share >= 0.1 else float(f'{share:.2g}')
        for name, share in zip(classes, percents, strict=True)
    }
    if all(name.isidentifier() and name.isascii() and not iskeyword(name) for name in classes):
        inside = ', '.join(f'{name}={share!r}' for name, share in shares.items())
        return f'train_shares=dict({inside})'
    return f'train_shares={shares!r}'


def weights_text(pixels: np.ndarray) -> str:
    """Write the weights of classes: ``class_weight=[0.653, 1.000]``.

    Args:
        pixels: Labelled training pixels of each, int (C,), all above 0.
    """
    weights = ', '.join(f'{weight:.4g}' for weight in weights_of_shares(pixels.tolist()))
    return f'class_weight=[{weights}]'
