"""How well the units of an evaluation show a class: images, drives, or blocks of frames.

A class that few units show has few observations, however many images there are: a class of one
image has the same IoU in every resample. So a class counts Kish's effective number of units,
(Σ u)² / Σ u² over its pixels u in each. In a mean each class has its part of the noise, and the
mean counts the units that its variance is as well known from as if the classes moved together,
which is the least that is certain: 1 / √(n - 1) = Σ w / √(n of the class - 1) over the shares w of
the classes in the noise.

A class that hardly any unit shows would be most of that noise, or, seen in one, noise that nothing
measures. Then no gain could be told: even with the noise known exactly, a class of one image in 200
takes the power to find 2 points on the others from 0.79 to 0.12. So the test of a mean leaves out
the classes that fewer units show than half of those that show the best one, and fewer than 20.
Nothing but the labels and predicted pixels chooses them, never a difference.

Source: Kish, Survey Sampling, 1965; Satterthwaite, Biometrics 2, 1946, for the degrees of freedom
of a sum, here of dependent parts. The rest is our decision; simulations: docs/guides/reports.md.
"""

import numpy as np

FEW_UNITS = 20
"""From so many on, a class is known well enough, whatever others are."""


def effective_units(pixels: np.ndarray) -> np.ndarray:
    """Count in how many units each class is seen, one that holds most of its pixels for less.

    Args:
        pixels: Pixels of each class in each unit, shape (U, C).

    Returns:
        np.ndarray: Kish's effective number, float64, shape (C,): n where n units show the class
        alike, 1 where one unit has all; NaN where none has a pixel.
    """
    pixels = pixels.astype(np.float64)
    with np.errstate(invalid='ignore'):
        return pixels.sum(0) ** 2 / (pixels**2).sum(0)


def well_observed(units: np.ndarray) -> np.ndarray:
    """Choose the classes that the test of their mean is about.

    Args:
        units: Effective number of units of each class of the mean, shape (K,).

    Returns:
        np.ndarray: bool, shape (K,); true for at least one class, unless there is none.
    """
    if not units.size:
        return np.zeros(0, bool)
    return units > min(FEW_UNITS, units.max() / 2)


def units_of_mean(units: np.ndarray, variances: np.ndarray) -> float:
    """Count the units of a mean.

    Args:
        units: Effective number of units of each class of the mean, shape (K,).
        variances: Of the difference of each class between resamples, shape (K,).

    Returns:
        float: Between the least and the greatest of its classes; NaN where there is none.
    """
    if not units.size:
        return np.nan
    if units.min() <= 1:
        return 1.0
    whole = variances.sum()
    shares = variances / whole if whole else np.full(len(units), 1 / len(units))
    return float(1 + (shares / np.sqrt(units - 1)).sum() ** -2)
