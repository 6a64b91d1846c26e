"""A calibration together with what it is of."""

from dataclasses import dataclass

import numpy as np

from mmseg_ext.calibration.calibrate import Calibration
from mmseg_ext.evaluation.tail import Tail


@dataclass(frozen=True)
class Fitted:
    """A calibration of a checkpoint, and of what it is.

    Attributes:
        calibration: The biases and what they gain.
        checkpoint: The file that was calibrated.
        sha256: Of that file when it was read.
        bias_name: The parameter that the biases go into.
        added: What is added to it, float64, shape (C,), or (1,) of one logit.
        classes: The class names.
        tail: The rare classes.
        train_shares: Percentage of the labelled training pixels of every class, where known.
        split: Of the frames.
        dataset: The class of the data set.
        seed: Of all draws.
        notes: What a user should know of the frames.
    """

    calibration: Calibration
    checkpoint: str
    sha256: str | None
    bias_name: str
    added: np.ndarray
    classes: tuple[str, ...]
    tail: Tail | None
    train_shares: dict[str, float] | None
    split: str
    dataset: str
    seed: int
    notes: tuple[str, ...]
