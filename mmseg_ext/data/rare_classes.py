"""A sampler that draws the images with rare classes more often."""

import numpy as np
import torch
from mmseg.registry import DATA_SAMPLERS

from mmseg_ext.data.dataset import CheckedSegDataset
from mmseg_ext.data.draws import SeededInfiniteSampler
from mmseg_ext.errors import ConfigError


@DATA_SAMPLERS.register_module()
class RareClassSampler(SeededInfiniteSampler):
    """Draw a class, rare ones more often, and then an image that shows it.

    Class c of pixel share f_c is drawn with odds exp((1 - f_c) / T), an image uniformly among those
    with at least `min_pixels` of the class. The label files are read once when the training starts.

    Args:
        dataset: A data set of mmseg_ext with labels.
        temperature: T, above 0; the lower, the more the rare classes are favoured.
        min_pixels: Pixels of its class that an image must have.
        seed: Seed, the same in all processes; None draws one.

    Raises:
        ConfigError: The data set cannot tell its classes, or an argument is out of its range.

    Source: DAFormer, arXiv 2111.14887, equation 7, with its temperature. That the crop need not
    show the class is our decision.
    """

    def __init__(
        self,
        dataset: CheckedSegDataset,
        temperature: float = 0.01,
        min_pixels: int = 500,
        seed: int | None = None,
    ) -> None:
        super().__init__(dataset, shuffle=True, seed=seed)
        if not isinstance(dataset, CheckedSegDataset):
            raise ConfigError(
                f'RareClassSampler needs a data set of mmseg_ext, not {type(dataset).__name__}'
            )
        if temperature <= 0 or min_pixels < 1:
            raise ConfigError(
                f'RareClassSampler: temperature={temperature} must be above 0, '
                f'min_pixels={min_pixels} at least 1'
            )
        odds = image_odds(dataset.class_pixels(), temperature, min_pixels)
        self.odds = torch.from_numpy(odds)

    def order(self, generator: torch.Generator) -> torch.Tensor:
        """Draw as many indices as there are images, with replacement, int64, shape (N,)."""
        return torch.multinomial(self.odds, self.size, replacement=True, generator=generator)


def image_odds(pixels: np.ndarray, temperature: float, min_pixels: int) -> np.ndarray:
    """Return the probability of each image.

    Args:
        pixels: Labelled pixels of each class in each image, int (N, C).
        temperature: T.
        min_pixels: Pixels of its class that an image must have.

    Returns:
        float64, shape (N,), of sum 1. A class that no image shows is never drawn.

    Raises:
        ConfigError: No image has enough pixels of any class.
    """
    shows = pixels >= min_pixels
    shown = shows.any(0)
    if not shown.any():
        raise ConfigError(f'RareClassSampler: no image has min_pixels={min_pixels} of any class')
    shares = pixels.sum(0) / pixels.sum()
    # From the rarest class on, so that a low temperature does not end in 0 / 0.
    exponents = np.where(shown, shares[shown].min() - shares, -np.inf) / temperature
    odds = np.exp(exponents)
    of_classes = odds / odds.sum()
    return (shows / np.maximum(1, shows.sum(0))) @ of_classes
