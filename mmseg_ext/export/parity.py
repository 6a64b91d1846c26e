"""How far the outputs of an exported model are from those of the model."""

from typing import NamedTuple

import numpy as np

from mmseg_ext.common.errors import DataError

MOST_DIFFERENCE = 1e-3
LEAST_EQUAL = 0.999


class Parity(NamedTuple):
    """What a comparison on some images found.

    Attributes:
        difference: The largest difference of a logit, as a fraction of the largest logit of its
            image.
        equal: The share of the pixels of which the class is the same, 0 to 1.
    """

    difference: float
    equal: float

    @property
    def text(self) -> str:
        """Both in a line."""
        return (
            f'largest relative difference of the logits {self.difference:.1e}, '
            f'equal pixels {100 * self.equal:.3f} %'
        )


def parity(pairs: list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]) -> Parity:
    """Compare images.

    Args:
        pairs: For each image the logits of the model and of the file, (C, H, W), then their
            classes, (H, W).
    """
    differences, equal, pixels = [], 0, 0
    for logits, of_file, classes, ids in pairs:
        differences.append(np.abs(logits - of_file).max() / np.abs(logits).max())
        equal += int((classes == ids).sum())
        pixels += classes.size
    # NaN wins, as it does in max of NumPy alone.
    return Parity(float(np.max(differences)), equal / pixels)


def require_parity(found: Parity) -> None:
    """Check that a file decides as the model.

    Raises:
        DataError: It does not.
    """
    if not (found.difference <= MOST_DIFFERENCE and found.equal >= LEAST_EQUAL):
        raise DataError(
            f'ONNX Runtime does not compute what the model does: {found.text}; at most '
            f'{MOST_DIFFERENCE:g} and at least {100 * LEAST_EQUAL:g} % are right. No file is '
            'written: a part of the model cannot be exported as it is, or draws random numbers'
        )
