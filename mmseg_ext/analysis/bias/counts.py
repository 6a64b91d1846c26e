"""What is counted of one model for the analysis of its bias."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class BiasCounts:
    """Counts of one model on the images of a test set.

    Attributes:
        name: What the model is called.
        classes: The C class names.
        images: The N image names.
        matrices: Confusion matrix of every image, int64, shape (N, C, C).
        plain: :func:`~mmseg_ext.analysis.bias.dependence.counts_beside` of every
            image without suppression, int64, shape (N, C, 3, C).
        suppressed: Likewise while each class is suppressed.
        weight: Weights of the last classifier, float64, shape (C, D).
        deviation: Standard deviation of each channel of the feature that it takes,
            over all positions of all images, float64, shape (D,).
        latents: That feature at a sample of the labelled pixels, float32, shape (P, D), each
            channel up to a constant.
        latent_classes: The classes of these pixels, int64, shape (P,).
        shifted: Confusion matrix of every image of the test set whose context
            is another, int64, shape (M, C, C), where there is one.
        shifted_images: The names of its M images.
        drive_pattern: The data set's, see :mod:`~mmseg_ext.evaluation.resampling`.
    """

    name: str
    classes: tuple[str, ...]
    images: tuple[str, ...]
    matrices: np.ndarray
    plain: np.ndarray
    suppressed: np.ndarray
    weight: np.ndarray
    deviation: np.ndarray
    latents: np.ndarray
    latent_classes: np.ndarray
    shifted: np.ndarray | None = None
    shifted_images: tuple[str, ...] = ()
    drive_pattern: str | None = None
