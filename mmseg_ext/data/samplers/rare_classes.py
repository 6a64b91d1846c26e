"""A sampler that draws the images with rare classes more often."""

from collections.abc import Sequence, Sized

import numpy as np
import torch
from mmengine.logging import print_log
from mmseg.registry import DATA_SAMPLERS

from mmseg_ext.common.errors import ConfigError
from mmseg_ext.data.samplers.draws import SeededInfiniteSampler
from mmseg_ext.data.sets.wrapped import class_pixels


@DATA_SAMPLERS.register_module()
class RareClassSampler(SeededInfiniteSampler):
    """Draw a class, rare ones more often, and then an image that shows it.

    Class c of pixel share f_c is drawn with odds exp((1 - f_c) / T), an image uniformly among those
    with at least `min_pixels` of the class. The label files are read once when the training starts,
    and the share of the draws that each class has is logged.

    Args:
        dataset: A data set of mmseg_ext with labels, or a wrapper of such in a `GuardedDataset`:
            see :func:`~mmseg_ext.data.sets.wrapped.class_pixels`.
        temperature: T, above 0; the lower, the more the rare classes are favoured.
        min_pixels: Pixels of its class that an image must have, at the size of its label file.
        seed: Seed, the same in all processes; None draws one.

    Raises:
        ConfigError: The data set cannot tell its classes, an argument is out of its range, or
            `min_pixels` leaves out every image of a class.

    Source: DAFormer, arXiv 2111.14887, equation 7, with its temperature. That the crop need not
    show the class is our decision.
    """

    def __init__(
        self,
        dataset: Sized,
        temperature: float = 0.01,
        min_pixels: int = 500,
        seed: int | None = None,
    ) -> None:
        super().__init__(dataset, shuffle=True, seed=seed)
        if temperature <= 0 or min_pixels < 1:
            raise ConfigError(
                f'RareClassSampler: temperature={temperature} must be above 0, '
                f'min_pixels={min_pixels} at least 1'
            )
        pixels = class_pixels(dataset)
        classes = dataset.metainfo['classes']  # type: ignore[attr-defined]
        check_drawn(pixels, classes, min_pixels)
        of_classes = class_odds(pixels, temperature)
        print_log(_describe(of_classes, classes), logger='current')
        self.odds = torch.from_numpy(image_odds(pixels, of_classes, min_pixels))

    def order(self, generator: torch.Generator) -> torch.Tensor:
        """Draw as many indices as there are images, with replacement, int64, shape (N,)."""
        return torch.multinomial(self.odds, self.size, replacement=True, generator=generator)


def check_drawn(pixels: np.ndarray, classes: Sequence[str], min_pixels: int) -> None:
    """Check that every class that is labelled can be drawn.

    Args:
        pixels: Labelled pixels of each class in each image, int (N, C).
        classes: Their names.
        min_pixels: Pixels of its class that an image must have.

    Raises:
        ConfigError: Nothing is labelled, or a class that is has fewer pixels in every image.
    """
    most = pixels.max(0, initial=0)
    if not most.any():
        raise ConfigError('RareClassSampler: no image has a labelled pixel of any class')
    left_out = [
        f'{name} (at most {number} in one image)'
        for name, number in zip(classes, most, strict=True)
        if 0 < number < min_pixels
    ]
    if left_out:
        raise ConfigError(
            f'RareClassSampler: no image has min_pixels={min_pixels} of {", ".join(left_out)}, so '
            f'that it would never be drawn; give min_pixels={most[most > 0].min()} or less'
        )


def class_odds(pixels: np.ndarray, temperature: float) -> np.ndarray:
    """Return the probability of each class, float64, shape (C,), of sum 1; 0 if nowhere labelled.

    Args:
        pixels: Labelled pixels of each class in each image, int (N, C).
        temperature: T.
    """
    shares = pixels.sum(0) / pixels.sum()
    # From the rarest class on, so that a low temperature does not end in 0 / 0.
    exponents = np.where(shares > 0, shares[shares > 0].min() - shares, -np.inf) / temperature
    odds = np.exp(exponents)
    return odds / odds.sum()


def image_odds(pixels: np.ndarray, of_classes: np.ndarray, min_pixels: int) -> np.ndarray:
    """Return the probability of each image, float64, shape (N,), of sum 1.

    Args:
        pixels: Labelled pixels of each class in each image, int (N, C).
        of_classes: The probability of each class, float64 (C,).
        min_pixels: Pixels of its class that an image must have; each class of a probability above
            0 has such an image.
    """
    shows = pixels >= min_pixels
    return (shows / np.maximum(1, shows.sum(0))) @ of_classes


def _describe(of_classes: np.ndarray, classes: Sequence[str]) -> str:
    """Say which share of the draws each class has, the most drawn first."""
    drawn = [
        f'{classes[index]} {100 * of_classes[index]:.3g} %'
        for index in np.argsort(-of_classes, kind='stable')
        if of_classes[index] > 0
    ]
    nowhere = [name for name, share in zip(classes, of_classes, strict=True) if not share]
    ending = f'; nowhere labelled: {", ".join(nowhere)}' if nowhere else ''
    return f'RareClassSampler draws an image for {", ".join(drawn)}{ending}'
