"""Measuring from the maps alone who stands by a car."""

import numpy as np
from mmseg_ext.data.toy.classes import CAR
from mmseg_ext.data.toy.frame import Frame


def by_car(frame: Frame, class_id: int, reach: int = 5) -> list[bool]:
    """For every instance of a class: whether a car pixel is within `reach` columns and rows."""
    cars = frame.labels == CAR
    result = []
    for instance in np.unique(frame.instances[frame.labels == class_id]):
        rows, columns = np.nonzero(frame.instances == instance)
        window = cars[max(0, rows.min() - reach):rows.max() + reach + 1,
                      max(0, columns.min() - reach):columns.max() + reach + 1]
        result.append(bool(window.any()))
    return result
