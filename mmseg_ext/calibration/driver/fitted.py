"""A calibration together with what it is of."""

from dataclasses import dataclass

import numpy as np

from mmseg_ext.calibration.calibrate import Calibration
from mmseg_ext.calibration.driver.fit_data import FitData


@dataclass(frozen=True)
class Fitted:
    """A calibration of a checkpoint, and of what it is.

    Attributes:
        calibration: The biases and what they gain.
        data: The frames that it was fitted on, and the checkpoint.
        bias_name: The parameter that the biases go into.
        added: What is added to it, float64, shape (C,), or (1,) of one logit.
        seed: Of all draws.
    """

    calibration: Calibration
    data: FitData
    bias_name: str
    added: np.ndarray
    seed: int
