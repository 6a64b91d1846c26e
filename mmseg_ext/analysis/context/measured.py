"""What is measured of one model for the context report."""

from dataclasses import dataclass

import numpy as np

from mmseg_ext.analysis.context.removal_test import RemovalCounts
from mmseg_ext.evaluation.context.objects import ObjectTable


@dataclass(frozen=True)
class ContextCounts:
    """Counts of one model.

    Attributes:
        name: What the model is called.
        table: The objects of the test set, with predictions.
        pasted_labels: Class of each object of the paste test, (M,).
        pasted: Its pixels by predicted class in its usual and its unusual place, (M, 2, C).
        removed_labels: Class of the objects that are removed in each image of the removal test.
        removed: What changed there.
    """

    name: str
    table: ObjectTable
    pasted_labels: np.ndarray
    pasted: np.ndarray
    removed_labels: np.ndarray
    removed: RemovalCounts
